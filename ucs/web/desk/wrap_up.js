// How a contact came out.

import { Dialog } from "./dialog.js";
import { t } from "./lang.js";
import { html } from "./ui.js";

/** @param {{desk: import("./desk.js").Desk, held: import("./held.js").Held}} props */
export function WrapUp({ desk, held }) {
  const codes = desk.settings.wrap_up_codes[held.view.queue] ?? [];
  const submit = async (/** @type {Record<string, string>} */ { code = "", note = "" }) => {
    if (!(await desk.act(held.view.id, "wrap-up", { code, note }))) return;
    desk.answered();
    if (desk.chosen === held.view.id) desk.choose(null);
  };
  return html`<${Dialog} title=${t("wrap_up_title")} close=${() => desk.answered()} submit=${submit} yes=${t("finish")}>
    ${codes.length
      ? html`<fieldset class="codes"><legend>${t("wrap_up_code")}</legend>${codes.map((code, at) => html`<label class="code" key=${code}>
          <input type="radio" name="code" value=${code} autofocus=${at === 0} required /><span>${code}</span></label>`)}</fieldset>`
      : html`<label>${t("wrap_up_code")}<input name="code" maxlength="100" autocomplete="off" autofocus /></label>`}
    <label>${t("wrap_up_note")}<textarea name="note" rows="3" maxlength="20000"></textarea></label><//>`;
}
