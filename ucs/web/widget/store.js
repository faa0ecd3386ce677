// What the widget keeps in the page's own storage. Where that is switched off, it is kept as long as the page is.

/** @type {Record<string, string>} */
const only = {};

/** @param {string} name @returns {any} what was kept under this name, or undefined */
export function kept(name) {
  try {
    return JSON.parse(localStorage.getItem(name) ?? only[name]);
  } catch {
    return undefined;
  }
}

/** @param {string} name @param {unknown} value undefined forgets it */
export function keep(name, value) {
  const text = JSON.stringify(value);
  if (text) only[name] = text;
  else delete only[name];
  try {
    if (text) localStorage.setItem(name, text);
    else localStorage.removeItem(name);
  } catch {
    // no room, or no storage
  }
}

/** @param {string} start @returns {string[]} */
export function names(start) {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(start));
  } catch {
    return [];
  }
}
