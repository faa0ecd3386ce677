// The narrow column at the edge: where one can go, sound, language, keys, the way out.

import { t } from "./lang.js";
import { LanguageChoice } from "./sign_in.js";
import { Icon, IconButton, html } from "./ui.js";

/** @param {{desk: import("./desk.js").Desk, speak: () => void}} props */
export function Rail({ desk, speak }) {
  const { notify } = desk;
  const waits = notify.offers.length;
  const sound = notify.quiet ? t("sound_off") : t("sound_on");
  return html`<nav class="rail" aria-label=${t("places")}>
    <img class="logo" src="/web/icon.svg" alt="" width="28" height="28" />
    ${desk.isSupervisor && [
      html`<${Place} icon="chat" label=${t("contacts")} on=${desk.place === "contacts"} count=${waits} go=${() => desk.choose(desk.chosen)} />`,
      html`<${Place} icon="floor" label=${t("floor")} on=${desk.place === "floor"} count=${0} go=${() => desk.floor.open()} />`,
    ]}
    <span class="grow"></span>
    <${IconButton} icon=${notify.quiet ? "belloff" : "bell"} label=${sound} aria-pressed=${!notify.quiet} onClick=${() => notify.toggle()} />
    <${IconButton} icon="keys" label=${`${t("shortcuts")} (?)`} onClick=${() => desk.ask("keys")} />
    <div class="rail-language"><${Icon} name="globe" /><${LanguageChoice} speak=${speak} /></div>
    <${IconButton} icon="out" label=${t("sign_out")} onClick=${() => desk.signOut()} />
  </nav>`;
}

/** @param {{icon: any, label: string, on: boolean, count: number, go: () => void}} props */
function Place({ icon, label, on, count, go }) {
  return html`<button type="button" class="place" aria-current=${on ? "page" : undefined} onClick=${go}>
    <${Icon} name=${icon} /><span>${label}</span>${count > 0 && html`<b class="count">${count}</b>`}
  </button>`;
}
