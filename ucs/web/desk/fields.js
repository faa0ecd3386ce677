// What agents note down about a customer: the fields that the tenant has declared, saved as soon as one is left.

import { t } from "./lang.js";
import { html } from "./ui.js";
import { useState } from "./vendor/hooks.js";
import { Problem } from "./wire.js";

/** @typedef {import("./types").Field} Field */

/** @param {{desk: import("./desk.js").Desk, held: import("./held.js").Held, customer: import("./types").Customer}} props */
export function CustomerFields({ desk, held, customer }) {
  const [said, setSaid] = useState(/** @type {Record<string, {words: string, bad: boolean}>} */ ({}));
  const save = async (/** @type {string} */ id, /** @type {string} */ value) => {
    if ((customer.fields[id] ?? "") === value.trim()) return true;
    const say = (/** @type {string} */ words, bad = false) => setSaid((all) => ({ ...all, [id]: { words, bad } }));
    try {
      const noted = await desk.wire.post(`/desk/contacts/${held.view.id}/customer`, { fields: { [id]: value } });
      if (held.opened) held.opened = { ...held.opened, customer: noted };
      say(t("saved"));
      desk.refresh(held); // the tenant's own page may be asked for by what was noted
      return true;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      say(problem.message, true);
      return false;
    }
  };
  return html`<section aria-labelledby="noted"><h3 id="noted">${t("noted")}</h3>
    <div class="fields">${desk.settings.fields.map((field) => html`<label key=${field.id}><span>${field.name}</span>
      <${Input} field=${field} value=${customer.fields[field.id] ?? ""} save=${(/** @type {string} */ value) => save(field.id, value)} />
      ${said[field.id] && html`<small class=${said[field.id].bad ? "bad" : "good"} role="status">${said[field.id].words}</small>`}</label>`)}</div>
  </section>`;
}

/** What is typed stays there until it is saved, whatever is drawn meanwhile.
 * @param {{field: Field, value: string, save: (value: string) => Promise<boolean>}} props */
function Input({ field, value, save }) {
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const choose = (/** @type {any} */ event) => save(event.target.value);
  const leave = async () => {
    if (typed !== null && await save(typed)) setTyped((/** @type {string | null} */ now) => (now === typed ? null : now));
  };
  /** @type {[string, string][]} */
  const options = field.kind === "choice" ? field.options.map((one) => [one, one]) : [["yes", t("yes")], ["no", t("no")]];
  if (field.kind === "choice" || field.kind === "yes_no") {
    return html`<select onChange=${choose} value=${value}><option value="" selected=${!value}>${t("choose")}</option>
      ${options.map(([id, words]) => html`<option value=${id} selected=${id === value}>${words}</option>`)}</select>`;
  }
  const kind = field.kind === "date" ? "date" : "text";
  const type = (/** @type {any} */ event) => setTyped(event.target.value);
  const key = (/** @type {any} */ event) => event.key === "Enter" && event.target.blur();
  return html`<input type=${kind} inputmode=${field.kind === "number" ? "decimal" : undefined} maxlength="500" value=${typed ?? value}
    onInput=${type} onBlur=${leave} onKeyDown=${key} />`;
}
