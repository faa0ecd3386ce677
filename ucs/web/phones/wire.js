// Asking the platforms. What went wrong is thrown as an Error with a sentence in it.

import { t } from "./words.js";

const WITHIN = 40_000; // milliseconds: a webhook may be told to be late

/** Do something. A form goes as it is, anything else as JSON. @param {string} path @param {object | FormData} body @returns {Promise<any>} */
export function act(path, body) {
  if (body instanceof FormData) return ask(path, { method: "POST", body });
  return ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

/** @returns {Promise<{platforms: import("./types").Platform[], desk: string}>} */
export const state = () => ask("/state", {});

/** @param {string} path @param {RequestInit} how @returns {Promise<any>} */
async function ask(path, how) {
  let answer;
  try {
    answer = await fetch(path, { ...how, signal: AbortSignal.timeout(WITHIN) });
  } catch {
    throw new Error(t("no_answer"));
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.detail ?? t("answered", { status: answer.status }));
  return told;
}
