// What is on its way to the server, as it will look; or what the server did not take, and why.

import { t } from "./lang.js";
import { Parts } from "./parts.js";
import { cx, html } from "./ui.js";

/** @param {{desk: import("./desk.js").Desk, item: import("./types").Unsent}} props */
export function Sending({ desk, item }) {
  const note = item.note !== undefined;
  return html`<li class=${cx({ said: true, unsent: true, mine: !note, note, whisper: item.whisper })}>
    <div class="bubble">${note ? html`<p class="words">${item.note}</p>` : html`<${Parts} desk=${desk} parts=${item.parts ?? []} place="" />`}</div>
    ${item.failed
      ? html`<p class="failure" role="alert"><b>${t("not_sent")}</b> ${item.failed}
          ${" "}<button type="button" class="plain" onClick=${() => desk.outbox.retry(item.id)}>${t("try_again")}</button>
          ${" "}<button type="button" class="plain" onClick=${() => desk.outbox.arrived(item.id)}>${t("discard")}</button></p>`
      : html`<span class="told">${t("sending")}</span>`}
  </li>`;
}
