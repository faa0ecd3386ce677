// What the widget keeps in the page's own storage. Where that is switched off or full, it is kept as long as the page is.

/** @type {Storage | Record<string, string>} */
let storage = {};
try {
  storage = localStorage ?? storage;
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

/** @param {string} name @param {unknown} [value] without one it is forgotten */
export function keep(name, value) {
  const text = JSON.stringify(value);
  try {
    if (text) storage[name] = text;
    else delete storage[name];
  } catch {
    delete storage[name]; // what stands there is old: a token that was used, say
    storage = { ...storage, [name]: text };
  }
}

/** @param {string} start */
export const names = (start) => Object.keys(storage).filter((name) => name.startsWith(start));
