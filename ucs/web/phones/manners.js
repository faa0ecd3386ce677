// How the platform behaves: how it brings its webhooks, and what goes wrong with the next message to the customer.

import { html } from "../desk/ui.js";
import { useState } from "../desk/vendor/hooks.js";
import { t } from "./words.js";

const TIMES = [[1, t("once")], [2, t("twice")], [3, t("three_times")]];
const DELAYS = [[0, t("at_once")], [2, t("late", { n: 2 })], [10, t("late", { n: 10 })]];

/** @param {{platform: import("./types").Platform, act: import("./types").Act, say: (sentence: string) => void}} props */
export function MannersPanel({ platform, act, say }) {
  const { manners, faults, refusals } = platform;
  const [fault, setFault] = useState(faults[0]?.[0] ?? "");
  const options = (/** @type {[string, string][]} */ some) => some.map(([name, sentence]) => html`<option value=${name}>${name}: ${sentence}</option>`);
  const set = (/** @type {object} */ change) => act(`/${platform.id}/manners`, { ...manners, ...change });
  const value = (/** @type {Event} */ event) => /** @type {HTMLSelectElement} */ (event.target).value;
  const spoil = async () => {
    if (await act(`/${platform.id}/spoil`, { fault })) say(t("goes_wrong", { platform: platform.title, fault }));
  };
  const odd = manners.times > 1 || manners.delay > 0 || manners.reorder;
  return html`<details class="manners">
    <summary>${t("misbehave")}${odd && html` <span class="tag">${t("webhooks")}</span>`}</summary>
    <div class="pair">
      <label>${t("each_comes")}<select value=${String(manners.times)} onChange=${(/** @type {Event} */ event) => set({ times: Number(value(event)) })}>
        ${TIMES.map(([count, name]) => html`<option value=${count}>${name}</option>`)}</select></label>
      <label>${t("and_that")}<select value=${String(manners.delay)} onChange=${(/** @type {Event} */ event) => set({ delay: Number(value(event)) })}>
        ${DELAYS.map(([late, name]) => html`<option value=${late}>${name}</option>`)}</select></label>
    </div>
    <label class="check"><input type="checkbox" checked=${manners.reorder} onChange=${() => set({ reorder: !manners.reorder })} /> ${t("overtake")}</label>
    <label>${t("let_fail")}
      <select value=${fault} onChange=${(/** @type {Event} */ event) => setFault(value(event))}>
        <optgroup label=${t("accidents")}>${options(faults)}</optgroup>
        ${refusals.length > 0 && html`<optgroup label=${t("refusals")}>${options(refusals)}</optgroup>`}</select></label>
    <button type="button" class="button" onClick=${spoil}>${t("fail_next")}</button>
  </details>`;
}
