// The frame of all that an agent is asked in front of everything else; Escape answers "no".

import { t } from "./lang.js";
import { html } from "./ui.js";
import { useEffect, useRef } from "./vendor/hooks.js";

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
