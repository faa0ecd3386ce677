// What is answered or forwarded, in a line or two.

import { t } from "./lang.js";
import { html } from "./ui.js";
import { oneLine } from "./words.js";

/** @param {{desk: import("./desk.js").Desk, held: import("./held.js").Held, seq: number}} props */
export function Quote({ desk, held, seq }) {
  const quoted = held.lines.entries.get(seq);
  if (!quoted) return null;
  return html`<blockquote><b>${desk.names.author(quoted.by, held)}</b> ${oneLine(quoted) || t("taken_back")}</blockquote>`;
}
