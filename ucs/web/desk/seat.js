// The agent's own seat: the name, the state with its reasons to choose from, and how much is taken.

import { t, tOf } from "./lang.js";
import { since, span } from "./time.js";
import { Ticking } from "./ticking.js";
import { Icon, html } from "./ui.js";
import { useEffect, useRef, useState } from "./vendor/hooks.js";

/** @typedef {import("./desk.js").Desk} Desk */

/** @param {{desk: Desk}} props */
export function Seat({ desk }) {
  const { seat, me } = desk;
  const part = seat ? Math.min(100, (100 * seat.load) / Math.max(1, seat.capacity)) : 0;
  return html`<header class="seat">
    <div class="line">
      <div class="grow"><h2 id="agent-name">${me.name}</h2><p class="quiet">${desk.settings.tenant}</p></div>
      ${seat && html`<${StateMenu} desk=${desk} seat=${seat} />`}
    </div>
    ${seat && html`<div class="load" role="img" aria-label=${t("load", seat)} title=${t("load", seat)}>
      <span style=${`width: ${part}%`}></span></div>`}
  </header>`;
}

/** @param {import("./types").SeatView} seat */
export const stateWords = (seat) => (seat.lost ? t("seat_lost") : tOf("seat", seat.state));

/** @param {string} reason */
export const reasonWords = (reason) => (reason === "missed_offers" ? t("missed_offers") : reason);

/** @param {{desk: Desk, seat: import("./types").SeatView}} props */
function StateMenu({ desk, seat }) {
  const [open, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => {
    if (!open) return;
    const away = (/** @type {Event} */ event) => box.current?.contains(/** @type {Node} */ (event.target)) || setOpen(false);
    document.addEventListener("pointerdown", away);
    /** @type {HTMLElement | null | undefined} */ (box.current?.querySelector("[role^=menuitem]"))?.focus();
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const choose = (/** @type {"idle" | "rest"} */ state, reason = "") => {
    setOpen(false);
    box.current?.querySelector("button")?.focus();
    desk.notify.permit();
    desk.setState(state, reason);
  };
  const ready = seat.state !== "rest";
  const choice = (/** @type {"idle" | "rest"} */ state, /** @type {string} */ reason, /** @type {string} */ words, hint = "") => {
    const on = state === "idle" ? ready : !ready && seat.reason === reason;
    return html`<button type="button" role="menuitemradio" aria-checked=${on} onClick=${() => choose(state, reason)}>
      <i class="dot" data-state=${state}></i><span>${words}${hint && html`<small>${hint}</small>`}</span>${on && html`<${Icon} name="check" size="16" />`}
    </button>`;
  };
  return html`<div class="menu-box" ref=${box} onKeyDown=${(/** @type {KeyboardEvent} */ event) => menuKey(event, () => setOpen(false))}>
    <button type="button" id="state" class="state" aria-haspopup="menu" aria-expanded=${open} aria-label=${`${t("your_state")}: ${stateWords(seat)}`}
      onClick=${() => setOpen(!open)}>
      <i class="dot" data-state=${seat.lost ? "offline" : seat.state}></i>${stateWords(seat)}<${Icon} name="down" size="16" />
    </button>
    ${open && html`<div class="menu" role="menu" aria-label=${t("your_state")}>
      <p class="quiet">${reasonWords(seat.reason)}${seat.reason && " · "}
        <${Ticking} every="1000" draw=${() => span(since(seat.since))} /></p>
      ${choice("idle", "", t("ready"), t("ready_hint"))}
      ${choice("rest", "", t("rest"), t("rest_hint"))}
      ${desk.settings.rest_reasons.map((reason) => choice("rest", reason, reason))}
    </div>`}
  </div>`;
}

/** Up and down go through a menu, Escape leaves it. @param {KeyboardEvent} event @param {() => void} close */
export function menuKey(event, close) {
  const box = /** @type {HTMLElement} */ (event.currentTarget);
  const items = /** @type {HTMLElement[]} */ ([...box.querySelectorAll("[role^=menuitem]")]);
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape" && items.length) {
    event.stopPropagation();
    close();
    box.querySelector("button")?.focus();
  } else if (by && items.length) {
    event.preventDefault();
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    items[(at + by + items.length) % items.length].focus();
  }
}
