// The frame of the desk: the rail, the list, the conversation, what stands beside it; and the supervisor's floor in their place.

import { Conversation } from "./conversation.js";
import { Dialogs } from "./dialogs.js";
import { FloorView } from "./floor_view.js";
import { t } from "./lang.js";
import { List } from "./list.js";
import { Panel } from "./panel.js";
import { Rail } from "./rail.js";
import { cx, html } from "./ui.js";
import { useEffect, useState } from "./vendor/hooks.js";

/** @typedef {import("./desk.js").Desk} Desk */

/** @param {{desk: Desk, speak: () => void}} props */
export function Columns({ desk, speak }) {
  const [panelOpen, setPanelOpen] = useState(false);
  const { shown } = desk;
  useEffect(() => setPanelOpen(false), [shown?.view.id, desk.place]);
  const onFloor = desk.place === "floor";
  const togglePanel = () => setPanelOpen((open) => !open);
  const names = cx({ desk: true, "on-floor": onFloor, "showing-talk": shown, "panel-open": panelOpen });
  return html`<div class=${names}>
    <${Rail} desk=${desk} speak=${speak} />
    ${desk.trouble && html`<${Trouble} desk=${desk} />`}
    <main class="columns">
      <h1 class="unseen">${t("sign_in_title")}</h1>
      ${onFloor ? html`<${FloorView} desk=${desk} />` : html`<${List} desk=${desk} />`}
      <${Conversation} key=${onFloor ? "floor" : "talk"} desk=${desk} held=${shown} togglePanel=${togglePanel} />
      <${Panel} desk=${desk} held=${shown} close=${() => setPanelOpen(false)} />
    </main>
    <${Dialogs} desk=${desk} />
  </div>`;
}

/** @param {{desk: Desk}} props */
function Trouble({ desk }) {
  return html`<div class="trouble" role="alert">
    <span>${desk.trouble}</span>
    <button type="button" class="plain" onClick=${() => desk.say("")}>${t("dismiss")}</button>
  </div>`;
}
