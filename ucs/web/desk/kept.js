// What this browser keeps: settings and drafts for this person (local), the sign-in for this tab (session). Storage may be switched
// off or full; then it is as if nothing had been kept.

/** @param {Storage} storage @param {string} key @returns {any} */
export function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Storage} storage @param {string} key @param {unknown} value null to forget it */
export function write(storage, key, value) {
  try {
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(value));
  } catch {
    // it does not survive a reload
  }
}
