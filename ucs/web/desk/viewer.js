// A picture, large.

import { t } from "./lang.js";
import { size } from "./time.js";
import { IconButton, html } from "./ui.js";
import { useEffect, useRef } from "./vendor/hooks.js";

/** @param {{desk: import("./desk.js").Desk, item: import("./types").Item}} props */
export function Viewer({ desk, item }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const pictures = [...desk.items.all.values()].flatMap(({ known }) => (known.item?.links.preview ? [known.item] : []));
  const at = pictures.findIndex((one) => one.id === item.id);
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    box.current?.showModal();
    return () => before?.isConnected && before.focus();
  }, []);
  const go = (/** @type {number} */ by) => desk.ask("media", undefined, { item: pictures[(at + by + pictures.length) % pictures.length] ?? item });
  const key = (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by && pictures.length > 1) go(by);
  };
  const cancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    desk.answered();
  };
  const away = (/** @type {Event} */ event) => event.target === box.current && desk.answered();
  return html`<dialog class="viewer" ref=${box} aria-label=${t("viewer")} onKeyDown=${key} onCancel=${cancel} onClick=${away}>
    <header><span class="grow name">${item.name}</span><span class="quiet">${size(item.size)}</span>
      ${pictures.length > 1 && html`<span class="line">
        <${IconButton} icon="back" label=${t("viewer_before")} onClick=${() => go(-1)} />
        <${IconButton} icon="next" label=${t("viewer_next")} onClick=${() => go(1)} /></span>`}
      <a class="button" href=${item.links.original} download=${item.name || true}>${t("download")}</a>
      <${IconButton} icon="close" label=${t("close_panel")} onClick=${() => desk.answered()} /></header>
    <img src=${item.links.web ?? item.links.original} alt=${item.name} />
  </dialog>`;
}
