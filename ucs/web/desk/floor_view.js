// The supervisor's view: queues, agents and open contacts as they are now.

import { t, tOf } from "./lang.js";
import { menuKey, reasonWords, stateWords } from "./seat.js";
import { since, span } from "./time.js";
import { Ticking } from "./ticking.js";
import { Circle, IconButton, cx, html } from "./ui.js";
import { useEffect, useRef, useState } from "./vendor/hooks.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./types").SeatView} SeatView */

const LONG = 120_000; // milliseconds that somebody has been waiting

/** @param {{desk: Desk}} props */
export function FloorView({ desk }) {
  const { floor } = desk;
  return html`<section class="column floor" aria-label=${t("floor_title")}>
    <header class="bar"><h2 class="grow">${t("floor_title")}</h2>
      <span class=${cx({ live: true, stale: !desk.connected })} role="status">${t(desk.connected ? "updated_live" : "stale")}</span></header>
    <div class="scroll">
      <h2 class="group" id="floor-queues">${t("floor_queues")}</h2><${Queues} desk=${desk} />
      <h2 class="group" id="floor-agents">${t("floor_agents")}</h2><${Agents} desk=${desk} />
      <h2 class="group" id="floor-contacts">${t("floor_contacts")} <span>${floor.total}</span></h2><${Contacts} desk=${desk} />
    </div>
  </section>`;
}

/** @param {{desk: Desk}} props */
function Queues({ desk }) {
  const { floor } = desk;
  const choose = (/** @type {string} */ id) => {
    floor.queue = floor.queue === id ? "" : id;
    desk.changed();
  };
  return html`<div class="queues">${floor.queues.map((queue) => {
    const at = queue.longest_since;
    const longest = () => html`<b class=${cx({ long: at && since(at) > LONG })}>${at ? span(since(at)) : "–"}</b>`;
    return html`<button type="button" key=${queue.id} class="queue" aria-pressed=${floor.queue === queue.id} onClick=${() => choose(queue.id)}>
      <strong>${queue.name}</strong>
      <span class="figure"><b>${queue.waiting}</b> ${t("waiting")}</span>
      <span class="figure"><${Ticking} every="1000" draw=${longest} /> ${t("longest")}</span>
      <span class="figure"><b class=${cx({ none: !queue.ready })}>${t("of_n", { n: queue.ready, all: queue.staffed })}</b> ${t("ready_staffed")}</span>
    </button>`;
  })}</div>`;
}

/** @param {{desk: Desk}} props */
function Agents({ desk }) {
  const rank = (/** @type {SeatView} */ seat) => ["idle", "busy", "work", "rest", "offline"].indexOf(seat.state);
  const seats = [...desk.agents].sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
  return html`<table aria-labelledby="floor-agents"><thead><tr><th scope="col">${t("agent")}</th><th scope="col">${t("state")}</th>
      <th scope="col">${t("in_state")}</th><th scope="col">${t("taken")}</th><td></td></tr></thead>
    <tbody>${seats.map((seat) => html`<tr key=${seat.agent} class=${cx({ away: seat.state === "offline" })}>
      <th scope="row">${seat.agent === desk.me.agent ? `${seat.name} · ${t("you")}` : seat.name}</th>
      <td><i class="dot" data-state=${seat.lost ? "offline" : seat.state}></i> ${stateWords(seat)}
        ${seat.reason && html`<small class="quiet"> ${reasonWords(seat.reason)}</small>`}</td>
      <td class="number">${seat.since && seat.state !== "offline" && html`<${Ticking} every="1000" draw=${() => span(since(seat.since))} />`}</td>
      <td><span class="load" title=${t("load", seat)}><span style=${`width: ${Math.min(100, (100 * seat.load) / Math.max(1, seat.capacity))}%`}></span></span>
        <span class="number">${seat.contacts}</span></td>
      <td>${seat.state !== "offline" && seat.agent !== desk.me.agent && html`<${SeatMenu} desk=${desk} seat=${seat} />`}</td></tr>`)}</tbody></table>`;
}

/** @param {{desk: Desk, seat: SeatView}} props */
function SeatMenu({ desk, seat }) {
  const [open, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => {
    if (!open) return;
    const away = (/** @type {Event} */ event) => box.current?.contains(/** @type {Node} */ (event.target)) || setOpen(false);
    document.addEventListener("pointerdown", away);
    /** @type {HTMLElement | null | undefined} */ (box.current?.querySelector("[role=menuitem]"))?.focus();
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const item = (/** @type {string} */ words, /** @type {() => void} */ act) =>
    html`<button type="button" role="menuitem" onClick=${() => (setOpen(false), act())}>${words}</button>`;
  return html`<div class="menu-box" ref=${box} onKeyDown=${(/** @type {KeyboardEvent} */ event) => menuKey(event, () => setOpen(false))}>
    <${IconButton} icon="more" label=${t("choose_state", { agent: seat.name })} aria-haspopup="menu" aria-expanded=${open} onClick=${() => setOpen(!open)} />
    ${open && html`<div class="menu right" role="menu" aria-label=${t("choose_state", { agent: seat.name })}>
      ${seat.state === "rest" ? item(t("set_ready"), () => desk.floor.setState(seat.agent, "idle")) : item(t("set_rest"), () => desk.floor.setState(seat.agent, "rest"))}
      ${item(t("set_out"), () => desk.ask("out", undefined, { agent: seat.agent }))}</div>`}
  </div>`;
}

/** @param {{desk: Desk}} props */
function Contacts({ desk }) {
  const { floor } = desk;
  const { listed } = floor;
  if (floor.loaded && !listed.length) return html`<p class="empty small">${t("floor_quiet")}</p>`;
  return html`<ul class="floor-contacts">${listed.map((view) => {
    const name = view.name || t("customer");
    const waits = view.state === "queued" || view.state === "offered";
    const at = waits ? view.since : view.opened_at;
    return html`<li key=${view.id}><button type="button" class="contact" data-contact=${view.id} aria-current=${floor.watched?.view.id === view.id ? "true" : undefined}
      onClick=${() => floor.watch(view.id)}><${Circle} name=${name} id=${view.customer} />
      <span class="contact-words"><span class="line"><strong>${name}</strong>
        <${Ticking} every="1000" draw=${() => html`<span class=${cx({ wait: true, long: waits && since(at) > LONG })}>${span(since(at))}</span>`} /></span>
        <span class="line quiet"><span class="words"><span class=${`chip ${view.state}`}>${tOf("state", view.state)}</span> ${desk.names.queue(view.queue)}
          ${view.agent && !waits ? html` · ${desk.names.agent(view.agent)}` : ""}</span></span></span></button></li>`;
  })}</ul>
  ${floor.total > floor.contacts.size && html`<p class="quiet pad">${t("floor_more", { n: floor.contacts.size, total: floor.total })}</p>`}`;
}
