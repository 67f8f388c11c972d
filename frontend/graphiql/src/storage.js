// Keeps the tabs of each user, for each data set, apart in the browser's storage, so that nobody
// finds another's drafts and no draft names ids of a demo that is gone.
const PREFIX = "fairsplit";

export function createStorage(storageKey) {
  const own = `${PREFIX}:${storageKey}:`;
  let closed = false;
  const ownKeys = () => Object.keys(localStorage).filter((key) => key.startsWith(own));
  return {
    getItem: (key) => localStorage.getItem(own + key),
    setItem: (key, value) => closed || localStorage.setItem(own + key, value),
    removeItem: (key) => localStorage.removeItem(own + key),
    clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
    // GraphiQL writes half a second after an edit: nothing may come back after the last clearing.
    close: () => {
      closed = true;
    },
    get length() {
      return ownKeys().length;
    },
  };
}
