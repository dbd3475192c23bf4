"""Permissions: whether the site has one, and whose decision it is that it has not."""

from collections.abc import Iterator

from cdp_bgservices.vocabulary.permissions import DENIED, GRANTED, PROMPT
from cdp_bgservices.why.kinds import Kind, fine, unknown
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.values import Effect, Facts, Reason, Unknown

SETTINGS = "components/content_settings/core/browser/host_content_settings_map.cc"
BLOCK = "block"

BLOCKED = Kind(
    key="permission-blocked",
    effect=Effect.BLOCKS,
    means="The permission is blocked for this site in the profile: by the user, or by headless Chromium, which blocks "
    "what a page asks for.",
    remedy="Allow it in the site's settings: chrome://settings/content/siteDetails?site=ORIGIN.",
    source=SETTINGS,
)
BLOCKED_FOR_ALL = Kind(
    key="permission-blocked-for-all",
    effect=Effect.BLOCKS,
    means="The permission is blocked for all sites in this profile.",
    remedy="Allow it: chrome://settings/content. A policy of the machine may set it, too: chrome://policy.",
    source=SETTINGS,
)
REFUSED = Kind(
    key="permission-denied",
    effect=Effect.BLOCKS,
    means="The page is denied the permission, though no setting that the profile has saved blocks it.",
    remedy="A test has denied it over DevTools, or has granted others, which denies all that it does not list: "
    "grant it as well (--grant ORIGIN).",
    source="content/browser/permissions/permission_controller_impl.cc",
)
NOT_ASKED = Kind(
    key="permission-not-asked",
    effect=Effect.BLOCKS,
    means="The user was not asked for the permission yet.",
    remedy="Call Notification.requestPermission() after a click. In a test: --grant ORIGIN.",
    source="https://notifications.spec.whatwg.org/#permission-model",
)
KINDS = (BLOCKED, BLOCKED_FOR_ALL, REFUSED, NOT_ASKED)


def permitted(name: str) -> Rule:
    """The rule that the site has a permission."""

    def rule(facts: Facts) -> Iterator[Reason]:
        permission, origin = facts.permission(name), facts.site.origin
        seen, profile = permission.page, permission.profile
        is_headless = facts.browser.has_windows is False
        settings = f"chrome://settings/content/siteDetails?site={origin}"
        if profile == BLOCK and seen != GRANTED:
            yield BLOCKED.because(
                f"The permission '{name}' is blocked for {origin} in the profile: by the user"
                f"{', or by headless Chromium, which blocks what a page asks for' * is_headless}.",
                f"Allow it in the site's settings: {settings}.",
            )
        elif permission.default == BLOCK and profile in (None, BLOCK) and seen != GRANTED:
            yield BLOCKED_FOR_ALL.because(f"The permission '{name}' is blocked for all sites in this profile.")
        elif isinstance(seen, Unknown):
            yield unknown("permission", f"The permission '{name}', as the page sees it,", seen)
        elif seen == DENIED:
            yield REFUSED.because(
                f"The page is denied the permission '{name}', though no setting that the profile has saved blocks it."
                if not isinstance(profile, Unknown)
                else f"The page is denied the permission '{name}'."
            )
        elif seen == PROMPT:
            yield NOT_ASKED.because(f"The user was not asked for the permission '{name}' yet: it is 'prompt'.")
        elif seen == GRANTED:
            yield fine("permission", f"The permission '{name}' is granted.")

    return rule
