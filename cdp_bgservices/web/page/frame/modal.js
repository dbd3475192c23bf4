// The browser's dialog element: it keeps the keys inside, and Escape closes it.
import { useLayoutEffect, useRef } from '../vendor/preact.js';

/** {dialog, onClose} for a dialog that is modal while it is drawn; `onClose` is for its events `cancel` and `close`, and for its own
buttons. `close` alone would come late, after a key that opens it again. When it goes, the focus returns to where it was, before the
next key: a removed element alone would lose it. */
export function useModal(onClose) {
  const dialog = useRef(null);
  const isGone = useRef(false);
  useLayoutEffect(() => {
    const element = dialog.current;
    element.showModal();
    return () => {
      isGone.current = true; // It says that it was closed after this.
      element.close();
    };
  }, []);
  return { dialog, onClose: () => isGone.current || onClose() };
}
