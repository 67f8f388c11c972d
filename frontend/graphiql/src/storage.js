// Keeps the tabs of each user, for each data set, apart in the browser's storage, so that nobody
// finds another's drafts and no draft names ids of a demo that is gone.
const PREFIX = "fairsplit";

export function createStorage(storageKey) {
  const own = `${PREFIX}:${storageKey}:`;
  const ownKeys = () => Object.keys(localStorage).filter((key) => key.startsWith(own));
  return {
    getItem: (key) => localStorage.getItem(own + key),
    setItem: (key, value) => localStorage.setItem(own + key, value),
    removeItem: (key) => localStorage.removeItem(own + key),
    clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
    get length() {
      return ownKeys().length;
    },
  };
}
