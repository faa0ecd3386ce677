// Files on their way up: picked, pasted, or dropped on the conversation. A file is said where it was dropped, also if another contact
// is on the screen when it has arrived.

import { t } from "./lang.js";
import { partOf, upload } from "./media.js";
import { html } from "./ui.js";
import { useEffect, useRef, useState } from "./vendor/hooks.js";
import { Problem } from "./wire.js";

const AT_ONCE = 10;

/** @typedef {{id: number, name: string, part: number, trouble: string}} Row */
/** @typedef {{rows: unknown, pick: () => void, pasted: (event: ClipboardEvent) => void}} Files */

/** @param {{desk: import("./desk.js").Desk, held: import("./held.js").Held, enabled: boolean, draw: (files: Files) => unknown}} props */
export function Uploads({ desk, held, enabled, draw }) {
  const [rows, setRows] = useState(/** @type {Row[]} */ ([]));
  const [dropping, setDropping] = useState(false);
  const picker = useRef(/** @type {HTMLInputElement | null} */ (null));
  const next = useRef(0);

  const bring = async (/** @type {File} */ file) => {
    const id = (next.current += 1);
    const set = (/** @type {Partial<Row>} */ change) => setRows((all) => all.map((row) => (row.id === id ? { ...row, ...change } : row)));
    setRows((all) => [...all, { id, name: file.name, part: 0, trouble: "" }]);
    try {
      const token = await desk.session.token();
      const item = await upload(`/desk/media?contact=${held.view.id}`, file, token, (part) => set({ part }));
      setRows((all) => all.filter((row) => row.id !== id));
      desk.speak(held, { parts: [partOf(item)] });
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      set({ trouble: problem.message });
    }
  };
  const all = (/** @type {FileList | null | undefined} */ list) => Array.from(list ?? []).slice(0, AT_ONCE).forEach(bring);

  useEffect(() => {
    const box = document.querySelector(".talk");
    if (!box || !enabled) return;
    const stop = new AbortController();
    const on = (/** @type {string} */ name, /** @type {(event: any) => void} */ act) => box.addEventListener(name, act, { signal: stop.signal });
    const files = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
    on("dragover", (event) => files(event) && (event.preventDefault(), setDropping(true)));
    on("dragleave", (event) => box.contains(event.relatedTarget) || setDropping(false));
    on("drop", (event) => {
      event.preventDefault();
      setDropping(false);
      all(event.dataTransfer?.files);
    });
    return () => stop.abort();
  }, [enabled, held]);

  const drawn = html`<div class="uploads" aria-live="polite">
    <input type="file" multiple hidden ref=${picker} aria-label=${t("attach")} onChange=${() => {
      all(picker.current?.files);
      if (picker.current) picker.current.value = "";
    }} />
    ${rows.map(({ id, name, part, trouble }) => html`<div class="upload" key=${id}><span class="name">${name}</span>
      ${trouble ? html`<span class="bad">${trouble}</span>
        <button type="button" class="plain" onClick=${() => setRows((one) => one.filter((row) => row.id !== id))}>${t("dismiss")}</button>`
        : html`<progress max="1" value=${part} aria-label=${t("sending_file", { name })}></progress>`}</div>`)}
    ${dropping && html`<div class="dropping">${t("drop_files")}</div>`}
  </div>`;
  const pasted = (/** @type {ClipboardEvent} */ event) => {
    if (!event.clipboardData?.files.length || !enabled) return;
    event.preventDefault();
    all(event.clipboardData.files);
  };
  return draw({ rows: drawn, pick: () => picker.current?.click(), pasted });
}
