// Ids and times. An id is a UUIDv7: the server finds a repeated one by the hour that stands in it.

import { region, t } from "./lang.js";
import { serverNow } from "./wire.js";

/** A new id. */
export function newId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let place = 5, rest = now; place >= 0; place -= 1, rest = Math.floor(rest / 256)) bytes[place] = rest % 256;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** @param {string | number | Date} one @param {string | number | Date} other */
export const sameDay = (one, other) => new Date(one).toDateString() === new Date(other).toDateString();

/** "14:02". @param {string} at */
export const clock = (at) => new Date(at).toLocaleTimeString(region(), { hour: "2-digit", minute: "2-digit" });

/** "Today", or "3 March", or with the year if that is another. @param {string} at */
export function day(at) {
  const date = new Date(at);
  if (sameDay(date, serverNow())) return t("today");
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString(region(), { day: "numeric", month: "long", year });
}

/** "14:02", with the day if that is not today. @param {string} at */
export function moment(at) {
  const date = new Date(at);
  if (sameDay(date, serverNow())) return clock(at);
  return `${date.toLocaleDateString(region(), { day: "numeric", month: "short" })} ${clock(at)}`;
}

/** "40 s", "3 min", "2 h", "5 d". @param {number} milliseconds */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return t("span_s", { n: seconds });
  if (seconds < 5400) return t("span_min", { n: Math.round(seconds / 60) });
  return seconds < 129600 ? t("span_h", { n: Math.round(seconds / 3600) }) : t("span_d", { n: Math.round(seconds / 86400) });
}

/** How long ago. @param {string | null | undefined} at */
export const since = (at) => (at ? serverNow() - Date.parse(at) : 0);

/** "850 B", "1.2 MB". @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  /** @type {[string, number]} */
  const [unit, by] = bytes < 1e6 ? ["kB", 1e3] : bytes < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
  return `${(bytes / by).toFixed(bytes / by < 10 ? 1 : 0)} ${unit}`;
}
