// Where a contact goes: a queue or a colleague, with who is free right now.

import { Dialog } from "./dialog.js";
import { t } from "./lang.js";
import { stateWords } from "./seat.js";
import { html } from "./ui.js";
import { useEffect, useState } from "./vendor/hooks.js";

const LOOK_AGAIN = 3000; // milliseconds: who is free changes while one looks

/** @param {{desk: import("./desk.js").Desk, held: import("./held.js").Held}} props */
export function Transfer({ desk, held }) {
  const [to, setTo] = useState("");
  useEffect(() => {
    desk.look();
    const timer = setInterval(() => desk.look(), LOOK_AGAIN);
    return () => clearInterval(timer);
  }, []);
  const submit = async (/** @type {Record<string, string>} */ { note = "" }) => {
    const [kind, target] = to.split(/:(.*)/s);
    if (to && (await desk.act(held.view.id, "transfer", { [kind]: target, note }))) desk.answered();
  };
  const others = desk.agents.filter(({ agent }) => agent !== desk.me.agent).sort((one, other) => Number(free(other)) - Number(free(one)));
  const target = (/** @type {string} */ value, /** @type {string} */ name, /** @type {string} */ words, /** @type {string} */ state) => html`<label class="target" key=${value}>
    <input type="radio" name="to" value=${value} checked=${value === to} required autofocus=${value === `queue:${desk.queues[0]?.id}`} onChange=${() => setTo(value)} />
    <i class="dot" data-state=${state}></i><span class="grow">${name}</span><span class="quiet">${words}</span></label>`;
  return html`<${Dialog} title=${`${t("transfer_title")} …`} close=${() => desk.answered()} submit=${submit} yes=${t("transfer")}>
    <div class="targets">
      <fieldset><legend>${t("queues")}</legend>
        ${desk.queues.map((queue) => target(`queue:${queue.id}`, queue.name, t("queue_now", queue), queue.ready ? "idle" : queue.staffed ? "busy" : "offline"))}</fieldset>
      <fieldset><legend>${t("colleagues")}</legend>
        ${others.length ? others.map((seat) => target(`agent:${seat.agent}`, seat.name,
          [stateWords(seat), seat.contacts && t("contacts_n", { n: seat.contacts })].filter(Boolean).join(" · "), seat.lost ? "offline" : seat.state))
        : html`<p class="quiet">${t("nobody_else")}</p>`}</fieldset>
    </div>
    <label>${t("transfer_note")}<textarea name="note" rows="2" maxlength="20000"></textarea></label><//>`;
}

/** @param {import("./types").SeatView} seat */
const free = (seat) => seat.state === "idle" && !seat.lost;
