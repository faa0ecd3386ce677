// What did not arrive, and why.

import { t, tOf } from "./lang.js";
import { html } from "./ui.js";

/** Why it did not arrive, and the way to try again. @param {{desk: import("./desk.js").Desk, held: import("./held.js").Held, entry: import("./types").Entry, about: import("./lines.js").About}} props */
export function Failure({ desk, held, entry, about }) {
  const words = tOf("status", about.status ?? "");
  const code = about.code ? ` (${t("code", { code: about.code })})` : "";
  const again = held.role === "own" && held.view.state !== "offered" && !about.over;
  return html`<p class="failure" role="note"><b>${words}</b>: ${about.reason || t("no_reason")}${code}
    ${again && html` <button type="button" class="plain" onClick=${() => desk.act(held.view.id, "send-again", { of: entry.seq })}>${t("send_again")}</button>`}</p>`;
}
