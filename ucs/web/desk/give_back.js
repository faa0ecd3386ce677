// The contact goes back to the robot, which may be told what the human part was.

import { Dialog } from "./dialog.js";
import { t } from "./lang.js";
import { html } from "./ui.js";

/** @param {{desk: import("./desk.js").Desk, held: import("./held.js").Held}} props */
export function GiveBack({ desk, held }) {
  const submit = async (/** @type {Record<string, string>} */ { summary = "" }) => {
    if (await desk.act(held.view.id, "give-back", { summary })) desk.answered();
  };
  return html`<${Dialog} title=${t("give_back")} close=${() => desk.answered()} submit=${submit} yes=${t("give_back_yes")}>
    <label>${t("give_back_summary")}<textarea name="summary" rows="3" maxlength="20000" autofocus></textarea></label><//>`;
}
