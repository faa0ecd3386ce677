// What the agent is asked or shown in front of everything else. One at a time; Escape answers "no".

import { t } from "./lang.js";
import { Forward } from "./forward.js";
import { GiveBack } from "./give_back.js";
import { Keys } from "./keys_sheet.js";
import { Transfer } from "./transfer.js";
import { Viewer } from "./viewer.js";
import { WrapUp } from "./wrap_up.js";
import { html } from "./ui.js";
import { useEffect, useRef } from "./vendor/hooks.js";

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

/** A question with its answer. @param {{title: string, close: () => void, submit?: (values: Record<string, string>) => void, yes?: string, class?: string, children?: unknown}} props */
export function Dialog({ title, close, submit, yes, class: more = "", children }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    box.current?.showModal();
    return () => before?.isConnected && before.focus();
  }, []);
  const send = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const values = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    submit?.(Object.fromEntries([...values].map(([name, value]) => [name, String(value)])));
  };
  const shut = (/** @type {Event} */ event) => {
    event.preventDefault();
    close();
  };
  return html`<dialog ref=${box} class=${more} aria-label=${title} onCancel=${shut} onClick=${(/** @type {Event} */ event) => event.target === box.current && close()}>
    <form onSubmit=${send}>
      <h2>${title}</h2>
      ${children}
      ${yes && html`<div class="answers"><button type="button" class="button" onClick=${close}>${t("cancel")}</button>
        <button type="submit" class="button primary">${yes}</button></div>`}
    </form>
  </dialog>`;
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
