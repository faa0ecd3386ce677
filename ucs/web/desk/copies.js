// Who else gets what is said, where a platform sends copies: the fields above the place to write, and the names under a line. Whoever is
// written in the fields stays there for this contact until taken out again.

import { t } from "./lang.js";
import { html } from "./ui.js";
import { useState } from "./vendor/hooks.js";

/** @typedef {import("./types").Copies} Copies */

/** What was written as addresses, each once. @param {string} text @returns {string[]} */
export const addresses = (text) => [...new Set(text.split(/[\s,;，；、]+/u).filter(Boolean))];

/** @param {{desk: import("./desk.js").Desk, held: import("./held.js").Held}} props */
export function CopyFields({ desk, held }) {
  const { cc, bcc } = held.copies ?? { cc: [], bcc: [] };
  const [open, setOpen] = useState(cc.length + bcc.length > 0);
  const [text, setText] = useState({ cc: cc.join(", "), bcc: bcc.join(", ") });
  if (!desk.settings.copies.includes(held.view.channel)) return null;
  const write = (/** @type {"cc" | "bcc"} */ which, /** @type {string} */ words) => {
    const now = { ...text, [which]: words };
    setText(now);
    held.copies = { cc: addresses(now.cc), bcc: addresses(now.bcc) };
  };
  const others = held.lines.others.filter((one) => !addresses(text.cc).includes(one));
  const field = (/** @type {"cc" | "bcc"} */ which) => html`<label class="copy-field"><span>${t(which)}</span>
    <input type="text" inputmode="email" autocomplete="off" spellcheck="false" value=${text[which]} placeholder=${t("copy_addresses")}
      onInput=${(/** @type {any} */ event) => write(which, event.target.value)} /></label>`;
  return html`<div class="copy-fields">
    ${open ? [field("cc"), field("bcc")] : html`<button type="button" class="plain" onClick=${() => setOpen(true)}>${t("copies")}</button>`}
    ${others.length > 0 && html`<button type="button" class="plain" title=${others.join(", ")}
      onClick=${() => (write("cc", [...addresses(text.cc), ...others].join(", ")), setOpen(true))}>${t("copy_to_all", { n: others.length })}</button>`}
  </div>`;
}

/** Under what was said: who else got it. @param {{copies?: Copies | null}} props */
export function CopiedTo({ copies }) {
  if (!copies) return null;
  const line = (/** @type {"cc" | "bcc"} */ which) => copies[which]?.length > 0 && html`<p class="quiet small-words">${t(which)}: ${copies[which].join(", ")}</p>`;
  return [line("cc"), line("bcc")];
}
