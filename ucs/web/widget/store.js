// What the widget keeps in the page's own storage. Where that is switched off, it is kept as long as the page is.

/** @type {Storage | Record<string, string>} */
let storage = {};
try {
  storage = localStorage;
} catch {
  // switched off
}

/** @param {string} name @returns {any} what was kept under this name, or undefined */
export function kept(name) {
  try {
    return JSON.parse(storage[name]);
  } catch {
    return undefined;
  }
}

/** @param {string} name @param {unknown} value undefined forgets it */
export function keep(name, value) {
  try {
    if (value === undefined) delete storage[name];
    else storage[name] = JSON.stringify(value);
  } catch {
    // no room: then it does not survive a reload
  }
}

/** @param {string} start */
export const names = (start) => Object.keys(storage).filter((name) => name.startsWith(start));
