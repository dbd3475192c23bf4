// Recording, switched as in DevTools: the button changes when the browser says so.
import { useState } from '../vendor/preact.js';
import { SERVICES, titleOf } from '../services.js';
import { announce } from '../announce.js';

/** `so`: what follows from that. */
export function withoutBrowser(so) {
  return `No browser is attached, so ${so}. Start the viewer with “cdp-bgservices view --attach …” or “--launch”.`;
}

export const WITHOUT_BROWSER = withoutBrowser('there is nothing to record');

/** {can, why, on, services, set(names, on), toggle(), notice, dismiss()} for the services in view. */
export function useRecording(source, live, chosen) {
  const [notice, setNotice] = useState(null);
  const [busy, setBusy] = useState(false);
  const known = live.state.services;
  const all = SERVICES.map((service) => service.name);
  const names = chosen.length ? chosen : all;
  const can = Boolean(source.live && live.state.browser && !lostSince(live.state.browser));
  const isOn = (name) => known.find((service) => service.name === name)?.recording === true;
  const on = names.every(isOn);

  const set = async (services, wanted) => {
    if (!can) {
      setNotice({ message: WITHOUT_BROWSER });
      return;
    }
    setBusy(true);
    try {
      for (const name of services) live.setState(await source.setRecording(name, wanted));
      setNotice(null);
      const what = services.length === 1 ? titleOf(services[0]) : 'all background services';
      announce(wanted ? `Recording ${what} activity…` : `Stopped recording ${what}.`);
    } catch (error) {
      setNotice(error);
    } finally {
      setBusy(false);
    }
  };
  return {
    can, on, isOn, busy, set, notice, setNotice, names, all,
    dismiss: () => setNotice(null),
    toggle: () => set(names, !on),
  };
}

/** Why the browser is gone; '' while it is attached. */
export function lostSince(browser) {
  return browser?.lost ? (typeof browser.lost === 'string' ? browser.lost : 'the connection was lost') : '';
}
