// What is offered: who waits, what was said, and how long there is to answer.

import { t } from "./lang.js";
import { since, span } from "./time.js";
import { Ticking } from "./ticking.js";
import { Circle, html } from "./ui.js";
import { useState } from "./vendor/hooks.js";
import { serverNow } from "./wire.js";
import { oneLine } from "./words.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./held.js").Held} Held */

/** Not before what was said is here, or cannot be had: words that come later would push the button away from under the pointer. */
const isWhole = (/** @type {Held} */ { lines, fetching }) => lines.whole > 0 || !fetching;

/** @param {{desk: Desk}} props */
export function Offers({ desk }) {
  return html`<div id="offers" role="region" aria-label=${t("offers")} aria-live="assertive" aria-relevant="additions">
    ${desk.notify.offers.filter(isWhole).map((held) => html`<${Offer} key=${held.view.id} desk=${desk} held=${held} />`)}
  </div>`;
}

/** @param {{desk: Desk, held: Held}} props */
function Offer({ desk, held }) {
  const { view, lines } = held;
  const [busy, setBusy] = useState(false);
  const until = Date.parse(view.offered_until ?? "");
  const [total] = useState(() => Math.max(1000, until - serverNow()));
  const act = async (/** @type {() => Promise<unknown>} */ done) => {
    setBusy(true);
    await done();
    setBusy(false);
  };
  const left = () => Math.max(0, until - serverNow());
  const running = () => html`<div class="time-left"><progress max=${total} value=${left()} aria-label=${t("seconds_left", { n: Math.ceil(left() / 1000) })}></progress></div>`;
  return html`<article class="offer" data-contact=${view.id}>
    <div class="line"><${Circle} name=${held.name} id=${view.customer} />
      <div class="grow"><strong>${held.name}</strong><p class="quiet">${desk.names.queue(view.queue)} · ${desk.names.channel(view.channel)}</p></div>
      <span class="left quiet" aria-hidden="true"><${Ticking} every="1000" draw=${() => t("seconds_left", { n: Math.ceil(left() / 1000) })} /></span></div>
    <p class="words">${oneLine(lines.asked)}</p>
    ${view.since && html`<p class="quiet" aria-hidden="true"><${Ticking} every="1000" draw=${() => t("waiting_for", { span: span(since(view.since)) })} /></p>`}
    <${Ticking} every="1000" draw=${running} />
    <div class="line">
      <button type="button" class="button primary grow" disabled=${busy} onClick=${() => act(() => desk.accept(held))}>${t("accept")} <kbd>a</kbd></button>
      <button type="button" class="button" disabled=${busy} onClick=${() => act(() => desk.act(view.id, "decline"))}>${t("decline")}</button>
    </div>
  </article>`;
}
