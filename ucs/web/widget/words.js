// The widget's own words: one small file for each language, brought when it is wanted.

const LANGUAGES = ["en", "zh-CN", "es", "fr", "de", "ja", "pt-BR", "ar", "ko"];

/** The first of these that we speak, be it another country's way of speaking it. @param {string[]} wanted */
export const languageFor = (wanted) => wanted.map((each) => LANGUAGES.find((code) => spoken(code) === spoken(each))).find(Boolean) ?? "en";

/** @param {string} code */
const spoken = (code) => code?.toLowerCase().split("-")[0];

/** @param {string} language @returns {Promise<import("./types").Words>} */
export const wordsFor = async (language) => ({ locale: language, ...(await import(`./locales/${language}.js`)).default });
