"""What is known of a browser and of one of its contexts: the same for all sites in it."""

from collections.abc import Mapping
from datetime import datetime

from cdp_bgservices.browser.context_list import read_contexts
from cdp_bgservices.browser.firing import why_offline
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import HEADLESS_SHELL, Browser
from cdp_bgservices.browser.profile import armed_until
from cdp_bgservices.browser.profile_folders import profiles_shown
from cdp_bgservices.browser.site.saved_settings import SavedSettings, has_app
from cdp_bgservices.errors import CommandError
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.registrations import Registrations
from cdp_bgservices.why.values import BrowserFacts, Engagement, Unknown

INCOGNITO = Unknown("a context that is off the record saves no settings")
NO_FOLDER = Unknown("the folder of its profile is not known, or not on this machine")
NOT_SAVED = Unknown("the browser has not saved it yet")
OFF_THE_RECORD = ("--incognito", "--guest")


class Surroundings:
    """Of the sites of one observed context. Made by :func:`read_surroundings`."""

    def __init__(self, observer: Observer, browser: BrowserFacts, folder: str | None) -> None:
        self.observer = observer
        self.browser = browser
        self.folder = folder
        """Of the profile, in the user data folder; None if it is not known."""
        self.settings, self.no_settings = read_settings(observer.browser, browser, folder)

    def setting(self, permission: str, origin: str) -> str | Unknown | None:
        return self.no_settings if self.settings is None else self.settings.setting(permission, origin)

    def default(self, permission: str) -> str | Unknown | None:
        return self.no_settings if self.settings is None else self.settings.default(permission)

    def engagement(self, origin: str) -> Engagement | Unknown:
        return self.no_settings if self.settings is None else self.settings.engagement(origin)

    def lapses(self) -> Mapping[str, datetime]:
        """When each service stops recording, as far as the browser has saved it."""
        profile = self.observer.browser.profile
        return {} if self.settings is None or profile is None else armed_until(profile, self.folder or "")

    def is_installed(self, app: str | Unknown) -> bool | Unknown:
        """Whether a page's web app is installed in this profile, by its files. ``PWA.getOsAppState`` answers over a
        pipe only, and Chromium 156 crashes where it is asked about a context that is off the record.
        """
        if isinstance(app, Unknown) or not app:
            return app or False
        if self.browser.is_off_the_record is True:
            return False
        profile = self.observer.browser.profile
        return NO_FOLDER if profile is None or self.folder is None else has_app(profile / self.folder, app)

    async def is_online(self) -> bool | Unknown:
        """By the page from which the context is observed: DevTools' emulation for other pages does not count."""
        return not await why_offline(self.observer)


def read_settings(browser: Browser, facts: BrowserFacts, folder: str | None) -> tuple[SavedSettings | None, Unknown]:
    """What the profile has saved, or why it is not known."""
    if facts.is_off_the_record is True:
        return None, INCOGNITO
    if browser.profile is None or folder is None:
        return None, NO_FOLDER
    try:
        return SavedSettings(browser.profile / folder), NOT_SAVED
    except FileNotFoundError:
        return None, NOT_SAVED
    except (OSError, ValueError) as error:
        return None, Unknown(f"the profile's Preferences cannot be read: {error}")


async def read_surroundings(observer: Observer) -> Surroundings:
    """Raises BrowserError."""
    browser, context_id = observer.browser, observer.context_id
    contexts = await read_contexts(browser)
    states = {service: recording.is_recording for service, recording in observer.recordings.items()}
    folder = profiles_shown(browser.profile, contexts, {context_id: states}).get(context_id)
    switches = await read_switches(browser)
    is_off_the_record: bool | Unknown
    if context_id in contexts.made or any(each in switches for each in OFF_THE_RECORD):
        is_off_the_record = True
    elif folder is not None or context_id == contexts.default:
        is_off_the_record = False
    else:
        is_off_the_record = Unknown("it may be another profile, or an incognito window")
    is_shell = browser.product.startswith(HEADLESS_SHELL)
    facts = BrowserFacts(
        product=browser.product,
        is_headless_shell=is_shell,
        has_windows=browser.has_windows,
        shows_late=browser.shows_late,
        switches=switches or Unknown("the browser does not report its command line"),
        browser_context=context_id,
        is_off_the_record=is_off_the_record,
        activating=activating_in(observer.registrations),
    )
    return Surroundings(observer, facts, folder)


def activating_in(registrations: Registrations) -> tuple[str, ...]:
    """The scopes of the workers that are activating."""
    known = registrations.registrations
    found = [each.registration_id for each in registrations.versions.values() if each.status == "activating"]
    return tuple(sorted(known[each].scope_url for each in found if each in known))


async def read_switches(browser: Browser) -> tuple[str, ...]:
    """Of its command line; empty if it does not report that."""
    try:
        line = str((await browser.root.call(commands.get_system_info())).get("commandLine", ""))
    except CommandError:
        return ()
    return tuple(f"--{part.strip()}" for part in line.split(" --")[1:])
