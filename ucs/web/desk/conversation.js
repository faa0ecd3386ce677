// The middle: one contact with what was said in it, what may be done with it, and where one writes.

import { Composer } from "./composer.js";
import { t, tOf } from "./lang.js";
import { moment } from "./time.js";
import { Timeline } from "./timeline.js";
import { Circle, Icon, IconButton, cx, html } from "./ui.js";
import { useEffect, useState } from "./vendor/hooks.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./held.js").Held} Held */

/** @param {{desk: Desk, held: Held | null, togglePanel: () => void}} props */
export function Conversation({ desk, held, togglePanel }) {
  const onFloor = desk.place === "floor";
  return html`<section class="column talk" aria-label=${t("conversation")}>
    ${held ? html`<${Talk} key=${`${held.role}:${held.view.id}`} desk=${desk} held=${held} togglePanel=${togglePanel} />` : html`<div class="empty">
      <${Icon} name=${onFloor ? "eye" : "chat"} size="40" />
      <h2>${t(onFloor ? "nothing_watched" : "nothing_chosen")}</h2>
      <p>${t(onFloor ? "nothing_watched_hint" : "nothing_chosen_hint")}</p>
    </div>`}
  </section>`;
}

/** @param {{desk: Desk, held: Held, togglePanel: () => void}} props */
function Talk({ desk, held, togglePanel }) {
  const [quoted, setQuoted] = useState(/** @type {number | undefined} */ (undefined));
  useEffect(() => {
    if (held.role === "own" && !held.opened) desk.refresh(held);
  }, [held]);
  const { view } = held;
  const own = held.role === "own";
  return html`<header class="bar">
      <${IconButton} icon="back" label=${t("back")} class="only-narrow" onClick=${() => leave(desk)} />
      <${Circle} name=${held.name} id=${view.customer} />
      <div class="grow">
        <h2 id="talk-name">${held.name}</h2>
        <p class="quiet"><span class=${cx({ "state-word": true, talking: view.state === "talking" })}>${tOf("state", view.state)}</span>
          ${[desk.names.queue(view.queue), desk.names.channel(view.channel), moment(view.opened_at)].filter(Boolean).map((one) => ` · ${one}`).join("")}</p>
      </div>
      <div class="actions"><${Actions} desk=${desk} held=${held} /></div>
      <${IconButton} icon="person" label=${`${t("about_customer")} (i)`} class="only-medium" id="panel-toggle" onClick=${togglePanel} />
    </header>
    <${Banner} desk=${desk} held=${held} />
    <${Timeline} desk=${desk} held=${held} quote=${own && view.state === "talking" ? setQuoted : undefined} />
    ${(own || held.role === "watched") &&
    html`<${Composer} desk=${desk} held=${held} quoted=${quoted} unquote=${() => setQuoted(undefined)} />`}`;
}

/** @param {Desk} desk */
function leave(desk) {
  if (desk.place === "floor") desk.floor.watch(null);
  else if (desk.reading) {
    desk.reading = null;
    desk.changed();
  } else desk.choose(null);
}

/** @param {{desk: Desk, held: Held}} props */
function Actions({ desk, held }) {
  const { view, role } = held;
  const button = (/** @type {string} */ words, /** @type {() => void} */ act, kind = "", key = "") =>
    html`<button type="button" class=${`button ${kind}`} title=${key ? `${words} (${key})` : undefined} onClick=${act}>${words}</button>`;
  if (role === "watched") {
    const free = ["queued", "offered", "talking"].includes(view.state) && view.agent !== desk.me.agent;
    return [free && button(t("take_over"), () => desk.floor.takeOver(held), "primary"), button(t("done"), () => desk.floor.watch(null))];
  }
  if (role !== "own") return button(t(role === "earlier" && desk.chosen ? "back_to_talk" : "done"), () => dismiss(desk));
  if (view.state === "offered") {
    return [button(t("accept"), () => desk.accept(held), "primary", "a"), button(t("decline"), () => desk.act(view.id, "decline"), "", "d")];
  }
  if (view.state === "wrap_up") return button(t("wrap_up"), () => desk.ask("wrap_up", held), "primary", "e");
  const back = view.robot && button(t("give_back"), () => desk.ask("give_back", held));
  return [back, button(t("transfer"), () => desk.ask("transfer", held), "", "t"), button(t("close_contact"), () => desk.close(held), "", "e")];
}

/** What is read only goes; whatever was chosen comes back. @param {Desk} desk */
function dismiss(desk) {
  const { reading } = desk;
  desk.reading = null;
  if (reading && desk.chosen && !desk.contacts.has(desk.chosen)) desk.chosen = null;
  desk.changed();
}

/** @param {{desk: Desk, held: Held}} props */
function Banner({ desk, held: { role, view } }) {
  const words = () => {
    if (role === "watched") return view.agent && view.state !== "queued" ? t("watching", { agent: desk.names.agent(view.agent) }) : t("watching_waiting");
    if (role === "earlier") return t("banner_earlier");
    if (view.state === "closed") return t("banner_closed");
    if (view.state === "robot") return t("banner_robot");
    if (view.state === "talking" && view.agent !== desk.me.agent) return t("banner_taken", { agent: desk.names.agent(view.agent) });
    return t("banner_queued");
  };
  if (role === "own") return null;
  return html`<p class=${cx({ "read-only": true, watching: role === "watched" })} role="status">
    <${Icon} name=${role === "watched" ? "eye" : "lock"} size="16" /> ${words()}</p>`;
}
