// What the widget keeps in the page's own storage. Where that is switched off or has no room left, it is kept as long as the page is.

/** What found no place in the storage. @type {Record<string, string>} */
const here = {};
/** @type {Storage | Record<string, string>} */
let storage = here;
try {
  storage = localStorage ?? here;
} catch {
  // switched off
}

/** @param {string} name @returns {any} what was kept under this name, or undefined */
export function kept(name) {
  try {
    return JSON.parse(here[name] ?? storage[name]);
  } catch {
    return undefined;
  }
}

/** @param {string} name @param {unknown} value undefined forgets it */
export function keep(name, value) {
  delete here[name];
  if (value === undefined) return void delete storage[name];
  const text = JSON.stringify(value);
  try {
    storage[name] = text;
  } catch {
    delete storage[name]; // what stands there is old: a token that was used, say
    here[name] = text;
  }
}

/** @param {string} start */
export const names = (start) => Object.keys({ ...storage, ...here }).filter((name) => name.startsWith(start));
