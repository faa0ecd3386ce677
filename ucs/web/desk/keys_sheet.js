// The sheet that says which key does what.

import { Dialog } from "./dialog.js";
import { SHORTCUTS } from "./keys.js";
import { t } from "./lang.js";
import { html } from "./ui.js";

/** @type {{keys: string[], words: import("./lang.js").Key}[]} */
const WRITING = [
  { keys: ["Enter", "Shift+Enter"], words: "key_send" },
  { keys: ["/"], words: "key_phrases" },
  { keys: ["Esc"], words: "key_leave" },
];

/** @param {{desk: import("./desk.js").Desk}} props */
export function Keys({ desk }) {
  return html`<${Dialog} title=${t("keys_title")} close=${() => desk.answered()} class="keys">
    <dl>${[...SHORTCUTS, ...WRITING].map(({ keys, words }) => html`<dt>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${t(words)}</dd>`)}</dl>
    <p class="quiet">${t("keys_hint")}</p>
    <div class="answers"><button type="button" class="button" autofocus onClick=${() => desk.answered()}>${t("close_panel")}</button></div><//>`;
}
