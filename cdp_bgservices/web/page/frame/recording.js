// Recording, switched as in DevTools: the button changes when the browser says so.
import { useEffect, useState } from '../vendor/preact.js';
import { SERVICES, titleOf } from '../services.js';
import { confirm } from '../announce.js';
import { sentence } from '../text.js';

const ABSENT = 409; // The status of what the server refuses because no browser is attached.

/** Why nothing can be asked of a browser, {message, remedy}; null while one is attached. `so`: what follows from it. */
export function absence(browser, so = 'there is nothing to record') {
  if (browser) return browser.lost ? { message: sentence(browser.lost), remedy: browser.remedy } : null;
  return {
    message: `No browser is attached, so ${so}.`,
    remedy: 'Start the viewer with “cdp-bgservices view --attach …” or “--launch”.',
  };
}

export const inWords = ({ message, remedy }) => `${message} ${remedy}`;

/** {can, missing, on, services, set(names, on), toggle(), notice, dismiss()} for the services in view. */
export function useRecording(source, live, chosen) {
  const [notice, setNotice] = useState(null);
  const [busy, setBusy] = useState(false);
  const known = live.state.services;
  const all = SERVICES.map((service) => service.name);
  const names = chosen.length ? chosen : all;
  const missing = source.live ? absence(live.state.browser) : null;
  const can = source.live && !missing;
  const isOn = (name) => known.find((service) => service.name === name)?.recording === true;
  const on = names.every(isOn);
  const isMixed = (some) => some.some(isOn) && !some.every(isOn);

  const refuse = (so) => setNotice({ ...absence(live.state.browser, so), status: ABSENT });
  const set = async (services, wanted) => {
    if (!can) {
      refuse();
      return;
    }
    setBusy(true);
    try {
      for (const name of services) await live.takeFrom(() => source.setRecording(name, wanted));
      setNotice(null);
      const what = services.length === 1 ? titleOf(services[0]) : 'all background services';
      confirm(wanted ? `Recording ${what} activity…` : `Stopped recording ${what}.`);
    } catch (error) {
      setNotice(error);
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => { // What was refused for want of a browser can be done again.
    if (can) setNotice((before) => (before?.status === ABSENT ? null : before));
  }, [can]);
  return {
    can, missing, on, isMixed, isOn, busy, set, refuse, notice, setNotice, names, all,
    dismiss: () => setNotice(null),
    toggle: () => set(names, !on),
  };
}
