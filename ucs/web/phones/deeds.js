// What a customer does with one message: the sheet that offers it, and the strip above the composer that says what the next words are for.

import { Icon, IconButton, html } from "../desk/ui.js";
import { useEffect, useRef } from "../desk/vendor/hooks.js";
import { t } from "./words.js";

/** @typedef {import("./types").Bubble} Bubble */
/** @typedef {import("./types").Deed} Deed */

/** @type {Record<string, "picture" | "sound" | "film" | "file" | "place" | "cards">} */
const KINDS = { image: "picture", audio: "sound", video: "film", file: "file", location: "place", carousel: "cards" };

/** A message in a few words. @param {Bubble} bubble */
export function inShort(bubble) {
  if (bubble.removed) return t("taken_back");
  const part = bubble.parts[0];
  return part.text || part.caption || part.title || part.name || (part.type in KINDS ? t(KINDS[part.type]) : part.type);
}

/** @param {{platform: import("./types").Platform, bubble: Bubble, onDeed: (deed: Deed, emoji?: string) => void, onClose: () => void}} props */
export function DeedSheet({ platform, bubble, onDeed, onClose }) {
  const first = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => first.current?.querySelector("button")?.focus(), [bubble.number]);
  const close = (/** @type {KeyboardEvent} */ event) => { if (event.key === "Escape") onClose(); };
  return html`<div class="sheet" role="group" aria-label=${t("with", { words: inShort(bubble) })} onKeyDown=${close} ref=${first}>
    ${bubble.can.includes("react") && html`<div class="faces" role="group" aria-label=${t("reactions")}>${platform.reactions.map((emoji) =>
      html`<button type="button" key=${emoji} aria-label=${t("react", { emoji })} aria-pressed=${emoji === bubble.reaction} onClick=${() => onDeed("react", emoji)}>${emoji}</button>`)}</div>`}
    <div class="deeds">
      ${bubble.can.includes("quote") && html`<button type="button" class="chip" onClick=${() => onDeed("quote")}>${t("answer")}</button>`}
      ${bubble.can.includes("edit") && html`<button type="button" class="chip" onClick=${() => onDeed("edit")}>${t("edit")}</button>`}
      ${bubble.can.includes("recall") && html`<button type="button" class="chip grave" onClick=${() => onDeed("recall")}>${t("take_back")}</button>`}
      <span class="grow"></span>
      <${IconButton} icon="close" label=${t("close")} onClick=${onClose} />
    </div>
  </div>`;
}

/** What the next words are for. @param {{deed: Deed, bubble: Bubble, onClose: () => void}} props */
export const AboutStrip = ({ deed, bubble, onClose }) => html`<div class="about">
  <${Icon} name=${deed === "edit" ? "edit" : "reply"} />
  <p class="grow"><strong>${t(deed === "edit" ? "editing" : "answering")}</strong> <span>${inShort(bubble)}</span></p>
  <${IconButton} icon="close" label=${t("never_mind")} onClick=${onClose} />
</div>`;
