// Which of the things that an agent is asked or shown in front of everything else is there: one at a time.

import { Dialog } from "./dialog.js";
import { Forward } from "./forward.js";
import { GiveBack } from "./give_back.js";
import { Keys } from "./keys_sheet.js";
import { t } from "./lang.js";
import { Transfer } from "./transfer.js";
import { Viewer } from "./viewer.js";
import { WrapUp } from "./wrap_up.js";
import { html } from "./ui.js";

/** @typedef {import("./desk.js").Desk} Desk */

/** @param {{desk: Desk}} props */
export function Dialogs({ desk }) {
  const { dialog } = desk;
  const held = dialog?.contact ? desk.contacts.get(dialog.contact) : null;
  if (!dialog) return null;
  if (dialog.kind === "keys") return html`<${Keys} desk=${desk} />`;
  if (dialog.kind === "media") return html`<${Viewer} desk=${desk} item=${dialog.item} />`;
  if (dialog.kind === "out") return html`<${SignOut} desk=${desk} agent=${dialog.agent} />`;
  if (!held) return null;
  if (dialog.kind === "transfer") return html`<${Transfer} desk=${desk} held=${held} />`;
  if (dialog.kind === "forward") return html`<${Forward} desk=${desk} held=${held} of=${dialog.of} />`;
  if (dialog.kind === "give_back") return html`<${GiveBack} desk=${desk} held=${held} />`;
  if (dialog.kind === "wrap_up") return html`<${WrapUp} desk=${desk} held=${held} />`;
  return null;
}

/** @param {{desk: Desk, agent: string}} props */
function SignOut({ desk, agent }) {
  const submit = () => {
    desk.answered();
    desk.floor.setState(agent, "offline");
  };
  return html`<${Dialog} title=${t("set_out")} close=${() => desk.answered()} submit=${submit} yes=${t("set_out")}>
    <p>${t("set_out_sure", { agent: desk.names.agent(agent) })}</p><//>`;
}
