// The right column: who the customer is and what is known of them, the notes of this contact, and the tenant's own page.

import { CustomerFields } from "./fields.js";
import { t } from "./lang.js";
import { Notes } from "./notes.js";
import { Page } from "./page.js";
import { moment, since, span } from "./time.js";
import { Circle, Icon, IconButton, html } from "./ui.js";
import { useState } from "./vendor/hooks.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./held.js").Held} Held */
/** @typedef {"customer" | "notes" | "page"} Tab */

/** @param {{desk: Desk, held: Held | null, close: () => void}} props */
export function Panel({ desk, held, close }) {
  const [wanted, setTab] = useState(/** @type {Tab} */ ("customer"));
  if (!held) return html`<section class="column panel-column" aria-label=${t("panel")} hidden></section>`;
  const pop = held.opened?.screen_pop;
  const notes = held.lines.notes.length;
  /** @type {Tab[]} */
  const tabs = ["customer", "notes", ...(pop ? [/** @type {Tab} */ ("page")] : [])];
  const tab = tabs.includes(wanted) ? wanted : "customer";
  const key = (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length];
    setTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return html`<section class="column panel-column" aria-label=${t("panel")}>
    <div class="tabs">
      <div role="tablist" aria-label=${t("panel")} onKeyDown=${key}>${tabs.map((one) => html`<button type="button" role="tab" id=${`tab-${one}`} key=${one}
        aria-selected=${one === tab} aria-controls="panel-body" tabindex=${one === tab ? 0 : -1} onClick=${() => setTab(one)}>
        ${t(/** @type {any} */ (`tab_${one}`))}${one === "notes" && notes > 0 && html` <span class="many">${notes}</span>`}</button>`)}</div>
      <${IconButton} icon="close" label=${t("close_panel")} class="only-medium" onClick=${close} />
    </div>
    <div class="scroll" id="panel-body" role="tabpanel" aria-labelledby=${`tab-${tab}`} tabindex="0">
      ${tab === "customer" && html`<${Customer} key=${held.view.id} desk=${desk} held=${held} />`}
      ${tab === "notes" && html`<${Notes} key=${held.view.id} desk=${desk} held=${held} />`}
      ${tab === "page" && pop && html`<${Page} key=${held.view.id} pop=${pop} />`}
    </div>
  </section>`;
}

/** @param {{desk: Desk, held: Held}} props */
function Customer({ desk, held }) {
  const { view, opened } = held;
  const customer = opened?.customer;
  const waited = view.since && (view.state === "queued" || view.state === "offered") ? span(since(view.since)) : "";
  /** @type {[string, unknown][]} */
  const facts = [
    [t("channel"), desk.names.channel(view.channel)],
    ...(view.queue ? [/** @type {[string, unknown]} */ ([t("queue"), desk.names.queue(view.queue)])] : []),
    [t("opened"), moment(view.opened_at)],
    ...(waited ? [/** @type {[string, unknown]} */ ([t("waited"), waited])] : []),
    [t("contact_id"), html`<code>${view.id}</code>`],
  ];
  return html`<div class="who"><${Circle} name=${held.name} id=${view.customer} />
      <div class="grow"><h2>${view.name || t("no_name")}</h2></div></div>
    <section aria-labelledby="known-by"><h3 id="known-by">${t("known_by")}</h3>
      ${customer ? html`<ul class="identities">${customer.identities.map((one) => html`<li key=${`${one.channel} ${one.address}`}>
          <span class="grow"><b>${desk.names.channel(one.channel)}</b><span class="address">${one.address}</span></span>
          <span class=${`proof ${one.proven ? "proven" : ""}`} title=${t(one.proven ? "proven_hint" : "claimed_hint")}>
            ${one.proven && html`<${Icon} name="check" size="12" />`} ${t(one.proven ? "proven" : "claimed")}</span></li>`)}</ul>`
        : html`<p class="quiet">…</p>`}
    </section>
    ${Object.keys(held.lines.claims).length > 0 && html`<section aria-labelledby="form-said"><h3 id="form-said">${t("form_said")}</h3>
      <dl class="facts">${Object.entries(held.lines.claims).map(([name, value]) => html`<dt>${name}</dt><dd class="words">${value}</dd>`)}</dl></section>`}
    ${Object.keys(view.slots).length > 0 && html`<section aria-labelledby="robot-found"><h3 id="robot-found">${t("robot_found")}</h3>
      <dl class="facts">${Object.entries(view.slots).map(([name, value]) => html`<dt>${name}</dt><dd class="words">${value}</dd>`)}</dl></section>`}
    ${customer && desk.settings.fields.length > 0 && html`<${CustomerFields} desk=${desk} held=${held} customer=${customer} />`}
    <section aria-labelledby="this-contact"><h3 id="this-contact">${t("this_contact")}</h3>
      <dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>
    <section aria-labelledby="earlier"><h3 id="earlier">${t("earlier")}</h3><${Earlier} desk=${desk} held=${held} /></section>`;
}

/** @param {{desk: Desk, held: Held}} props */
function Earlier({ desk, held }) {
  const earlier = held.opened?.earlier;
  if (!earlier) return html`<p class="quiet">…</p>`;
  if (!earlier.length) return html`<p class="quiet">${t("earlier_none")}</p>`;
  return html`<ul class="earlier">${earlier.map((view) => html`<li key=${view.id}><button type="button" class="contact" onClick=${() => desk.read(view)}>
    <span class="contact-words"><span class="line"><strong>${moment(view.opened_at)}</strong><span class="quiet">${desk.names.channel(view.channel)}</span></span>
      <span class="line quiet words">${[view.wrap_up_code, desk.names.queue(view.queue)].filter(Boolean).join(" · ")}</span></span>
    <${Icon} name="next" size="16" /></button></li>`)}</ul>`;
}
