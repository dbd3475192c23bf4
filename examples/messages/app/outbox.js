// Messages that wait to be sent: what the page puts in, the worker takes out, with the page closed too.

function inStore(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("messages", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("outbox", { autoIncrement: true });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("outbox", mode);
      const request = act(transaction.objectStore("outbox"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
    };
  });
}

export const put = (message) => inStore("readwrite", (store) => store.add(message));
export const all = () => inStore("readonly", (store) => store.getAll());
export const empty = () => inStore("readwrite", (store) => store.clear());
