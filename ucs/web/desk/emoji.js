// A small box of emoji.

import { t } from "./lang.js";
import { IconButton, html } from "./ui.js";
import { useEffect, useRef, useState } from "./vendor/hooks.js";

const EMOJI = (
  "😀 😃 😄 😁 😅 😂 🙂 😉 😊 😇 🥰 😍 😘 😋 😎 🤗 🤔 😐 🙄 😏 😴 😷 🤒 😕 🙁 😮 😳 😢 😭 😤 😡 🤯 " +
  "👍 👎 👌 ✌️ 🤞 🤝 👏 🙏 💪 👋 🫶 ❤️ 💔 💯 ✅ ❌ ❗ ❓ ⚠️ ⏰ ⏳ 📅 📍 📎 📷 📞 ✉️ 📦 🚚 🚲 🔧 💳 💰 🧾 🎁 🎉 ☕ 🌟 🔥 🌈 ☀️ 🌧️"
).split(" ");
const COLUMNS = 8;

/** @param {{disabled: boolean, insert: (emoji: string) => void}} props */
export function EmojiButton({ disabled, insert }) {
  const [open, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLSpanElement | null} */ (null));
  useEffect(() => {
    if (!open) return;
    const away = (/** @type {Event} */ event) => box.current?.contains(/** @type {Node} */ (event.target)) || setOpen(false);
    document.addEventListener("pointerdown", away);
    /** @type {HTMLElement | null | undefined} */ (box.current?.querySelector(".emoji button"))?.focus();
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const key = (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (event.key === "Escape" && open) {
      event.stopPropagation();
      setOpen(false);
      box.current?.querySelector("button")?.focus();
    } else if (by && open) {
      event.preventDefault();
      const all = /** @type {HTMLElement[]} */ ([...(box.current?.querySelectorAll(".emoji button") ?? [])]);
      const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
      all[(at + by + all.length) % all.length].focus();
    }
  };
  const take = (/** @type {string} */ emoji) => {
    setOpen(false);
    insert(emoji);
  };
  return html`<span class="emoji-box" ref=${box} onKeyDown=${key}>
    <${IconButton} icon="smile" label=${t("emoji")} disabled=${disabled} aria-expanded=${open} aria-haspopup="true" onClick=${() => setOpen(!open)} />
    ${open && html`<div class="emoji" role="group" aria-label=${t("emoji")}>
      ${EMOJI.map((one, at) => html`<button type="button" key=${one} tabindex=${at ? -1 : 0} onClick=${() => take(one)}>${one}</button>`)}</div>`}
  </span>`;
}
