// The left column: the seat, the offers with their time running, the contacts with who waits and what is unread.

import { t } from "./lang.js";
import { Offers } from "./offers.js";
import { Seat } from "./seat.js";
import { since, span } from "./time.js";
import { Circle, Icon, cx, html } from "./ui.js";
import { Ticking } from "./ticking.js";
import { useState } from "./vendor/hooks.js";
import { oneLine } from "./words.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./held.js").Held} Held */

const MANY = 6; // contacts from which on one may want to search
const LONG = 120_000, VERY_LONG = 300_000; // milliseconds that a customer has been waiting for an answer

/** @param {{desk: Desk}} props */
export function List({ desk }) {
  const [wanted, setWanted] = useState("");
  const mine = desk.ordered.filter(({ view }) => view.state !== "offered");
  const found = wanted ? mine.filter((held) => matches(held, wanted)) : mine;
  const groups = [
    { title: t("to_answer"), held: found.filter((one) => one.view.state === "talking" && one.lines.waitingSince) },
    { title: t("answered_group"), held: found.filter((one) => one.view.state === "talking" && !one.lines.waitingSince) },
    { title: t("wrap_up_group"), held: found.filter((one) => one.view.state === "wrap_up") },
  ];
  return html`<section class="column list" aria-label=${t("contacts")}>
    <${Seat} desk=${desk} />
    <${Offers} desk=${desk} />
    ${mine.length >= MANY && html`<div class="filter"><${Icon} name="search" size="16" />
      <input id="filter" type="search" placeholder=${t("filter")} aria-label=${t("filter")} value=${wanted}
        onInput=${(/** @type {any} */ event) => setWanted(event.target.value)} /></div>`}
    <div class="scroll" id="contacts">
      ${groups.filter(({ held }) => held.length).map(({ title, held }) => html`<section key=${title}>
        <h2 class="group">${title} <span>${held.length}</span></h2>
        <ul>${held.map((one) => html`<${Row} key=${one.view.id} desk=${desk} held=${one} />`)}</ul>
      </section>`)}
      ${!mine.length && html`<${Nobody} desk=${desk} />`}
      ${mine.length > 0 && !found.length && html`<p class="empty small">${t("filter_none")}</p>`}
    </div>
  </section>`;
}

/** @param {Held} held @param {string} wanted */
function matches(held, wanted) {
  const words = `${held.name} ${oneLine(held.lines.last)}`.toLocaleLowerCase();
  return words.includes(wanted.trim().toLocaleLowerCase());
}

/** @param {{desk: Desk}} props */
function Nobody({ desk }) {
  if (desk.notify.offers.length) return null;
  const resting = desk.seat?.state === "rest";
  return html`<div class="empty small" id="idle">
    <${Icon} name=${resting ? "bell" : "check"} size="32" />
    <h2>${t(resting ? "list_rest" : "list_ready")}</h2>
    <p>${t(resting ? "list_rest_hint" : "list_ready_hint")}</p>
    ${resting && html`<button type="button" class="button primary" onClick=${() => desk.setState("idle")}>${t("ready")}</button>`}
  </div>`;
}

/** @param {{desk: Desk, held: Held}} props */
function Row({ desk, held }) {
  const { view, lines, typing } = held;
  const unread = desk.unread(held);
  const current = desk.chosen === view.id && desk.place === "contacts";
  const waits = view.state === "talking" ? lines.waitingSince : null;
  return html`<li>
    <button type="button" class=${cx({ contact: true, unread: unread > 0 })} aria-current=${current ? "true" : undefined}
      data-contact=${view.id} onClick=${() => desk.choose(view.id)}>
      <${Circle} name=${held.name} id=${view.customer} />
      <span class="contact-words">
        <span class="line"><strong>${held.name}</strong>
          ${waits && html`<${Ticking} every="1000" draw=${() => html`<span class=${waitClass(waits)}>${span(since(waits))}</span>`} />`}</span>
        <span class="line"><${Preview} desk=${desk} held=${held} typing=${typing} />
          ${unread > 0 && html`<b class="count" aria-label=${t("unread", { n: unread })}>${unread}</b>`}</span>
        <span class="line tags">${desk.names.channel(view.channel)} · ${desk.names.queue(view.queue)}</span>
      </span>
    </button>
  </li>`;
}

/** @param {string} at */
function waitClass(at) {
  const waited = since(at);
  return `wait ${waited > VERY_LONG ? "very-long" : waited > LONG ? "long" : ""}`;
}

/** @param {{desk: Desk, held: Held, typing: boolean}} props */
function Preview({ desk, held, typing }) {
  const draft = desk.drafts.of(held.view.id);
  if (typing) return html`<span class="words writing">${t("is_writing")}</span>`;
  if (draft) return html`<span class="words"><em>${t("draft")}</em> ${draft.text}</span>`;
  const { last } = held.lines;
  const words = last && held.lines.about.get(last.seq)?.gone ? t("taken_back") : oneLine(last);
  const mine = last && last.by === `agent:${desk.me.agent}`;
  return html`<span class="words">${mine ? t("you_said", { text: words }) : words}</span>`;
}
