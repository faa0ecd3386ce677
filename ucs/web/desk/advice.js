// What a robot suggests while the agent talks: replies to take over into the answer, what it knows, and what the customer wants. Nothing
// is sent from here.

import { t } from "./lang.js";
import { Icon, IconButton, html, linked, safe } from "./ui.js";

/** @typedef {import("./types").Knowledge} Knowledge */

/** @param {{desk: import("./desk.js").Desk, held: import("./held.js").Held, take: (words: string) => void}} props */
export function Advice({ desk, held, take }) {
  const advice = held.advised;
  if (!advice) return null;
  const { robot, replies, knowledge, intent, confidence } = advice;
  const away = () => {
    held.advice = null;
    desk.changed();
    document.getElementById("composer")?.focus();
  };
  return html`<section class="advice" aria-label=${t("advice", { robot })}>
    <div class="advice-head"><${Icon} name="phrase" size="16" /> <b>${t("advice", { robot })}</b>
      ${intent && html`<span class="chip">${t("advice_intent", { intent })}${share(confidence)}</span>`}
      <span class="grow"></span>
      <${IconButton} icon="close" label=${t("advice_away")} onClick=${away} /></div>
    <div class="advice-body" tabindex=${replies.length + knowledge.length > 2 ? 0 : undefined} role="group" aria-label=${t("advice_all")}>
      ${replies.length > 0 && html`<ul aria-label=${t("advice_replies")}>${replies.map((words, at) => html`<li key=${at}>
        <button type="button" class="suggestion" title=${t("advice_take")} onClick=${() => take(words)}>${words}</button></li>`)}</ul>`}
      ${knowledge.length > 0 && html`<ul aria-label=${t("advice_known")}>${knowledge.map((one, at) => html`<li key=${at}><${Known} one=${one} take=${take} /></li>`)}</ul>`}
    </div>
  </section>`;
}

/** @param {{one: Knowledge, take: (words: string) => void}} props */
function Known({ one, take }) {
  return html`<details class="known"><summary><${Icon} name="next" size="16" /> <span class="grow">${one.title}</span><small>${share(one.score, "")}</small></summary>
    <p class="words">${linked(one.text)}</p>
    <p class="known-foot">${safe(one.url) && html`<a href=${safe(one.url)} target="_blank" rel="noopener noreferrer">${t("advice_source")}</a>`}
      ${one.text && html`<button type="button" class="plain" onClick=${() => take(one.text)}>${t("advice_take")}</button>`}</p></details>`;
}

/** @param {number | null | undefined} share */
const share = (share, before = " · ") => (typeof share === "number" ? `${before}${Math.round(share * 100)} %` : "");
