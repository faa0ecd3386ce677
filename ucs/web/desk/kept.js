// What this browser keeps: settings and drafts for this person (local), the sign-in for this tab (session). Where storage is switched
// off or full, it is kept as long as the page is.

/** @typedef {"localStorage" | "sessionStorage"} Place */

/** What found no place in the storage. @type {Map<string, unknown>} */
const here = new Map();

/** @param {Place} place @param {string} key @returns {any} */
export function read(place, key) {
  if (here.has(key)) return here.get(key);
  try {
    return JSON.parse(window[place].getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Place} place @param {string} key @param {unknown} value null to forget it */
export function write(place, key, value) {
  here.delete(key);
  try {
    if (value === null) window[place].removeItem(key);
    else window[place].setItem(key, JSON.stringify(value));
  } catch {
    here.set(key, value);
  }
}
