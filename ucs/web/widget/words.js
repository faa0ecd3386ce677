// The widget's own words: one small file for each language, brought when it is wanted.

const LANGUAGES = ["en", "zh-CN", "es", "fr", "de", "ja", "pt-BR", "ar", "ko"];

/** The first of these that we speak, be it another country's way of speaking it. @param {string[]} wanted */
export function languageFor(wanted) {
  for (const each of wanted) {
    const found = LANGUAGES.find((code) => code.toLowerCase() === each?.toLowerCase()) ?? LANGUAGES.find((code) => each && code.split("-")[0] === each.toLowerCase().split("-")[0]);
    if (found) return found;
  }
  return "en";
}

/** @param {string} language @returns {Promise<import("./types").Words>} */
export const wordsFor = async (language) => ({ locale: language, ...(await import(`./locales/${language}.js`)).default });
