// What a customer said, on its way to somebody else: the question to whom and with which words, and the line that says what became of
// it. The customer sees neither.

import { addresses } from "./copies.js";
import { Dialog } from "./dialog.js";
import { Failure } from "./failure.js";
import { t, tOf } from "./lang.js";
import { Quote } from "./quote.js";
import { clock, newId } from "./time.js";
import { Icon, html, linked } from "./ui.js";
import { useRef, useState } from "./vendor/hooks.js";
import { Problem } from "./wire.js";
import { inOneLine } from "./words.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./held.js").Held} Held */
/** @typedef {import("./types").Part & {media: string}} FilePart */

const FILES = new Set(["image", "audio", "video", "file"]);

/** What a line says, as it reads now. @param {Held} held @param {number} of */
const partsOf = (held, of) => (held.lines.about.get(of)?.edit ?? held.lines.entries.get(of))?.body.parts ?? [];

/** @param {import("./types").Part} part */
const isFile = (part) => FILES.has(part.type) && typeof part.media === "string";

/** @param {{desk: Desk, held: Held, of: number}} props */
export function Forward({ desk, held, of }) {
  const parts = partsOf(held, of);
  const files = /** @type {FilePart[]} */ (parts.filter(isFile));
  const words = parts.filter((part) => part.caption || !isFile(part)); // the files are named below them
  const [along, setAlong] = useState(files.filter((part) => !part.page).map((part) => part.media));
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const asked = useRef({ id: "", words: "" });
  const choose = (/** @type {string} */ media) => setAlong(along.includes(media) ? along.filter((one) => one !== media) : [...along, media]);
  const submit = async (/** @type {Record<string, string>} */ { to = "", note = "" }) => {
    const body = { of, recipients: addresses(to), note: note.trim(), ...(files.length ? { along } : {}) };
    if (busy || !body.recipients.length) return;
    const same = asked.current.words === JSON.stringify(body); // what was asked and not answered is asked again, and happens once
    asked.current = { id: same ? asked.current.id : newId(), words: JSON.stringify(body) };
    setBusy(true);
    try {
      await desk.wire.post(`/desk/contacts/${held.view.id}/forward`, { id: asked.current.id, epoch: held.view.epoch, ...body });
      desk.news.fetchMissing(held.view.id, held.lines.whole + 1);
      desk.answered();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setTrouble(problem.message);
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${t("forward_title")} class="forward" close=${() => desk.answered()} submit=${submit} yes=${t(busy ? "sending" : "forward")}>
    <p class="quiet">${t("forward_hint")}</p>
    <label>${t("forward_to")}<input type="text" name="to" inputmode="email" autocomplete="off" autocapitalize="off" spellcheck="false" required autofocus
      maxlength="4000" placeholder=${t("copy_addresses")} /></label>
    <label>${t("forward_note")}<textarea name="note" rows="3" maxlength="20000"></textarea></label>
    <div class="goes-along"><blockquote><b>${held.name}</b> ${inOneLine(words)}</blockquote>
      ${files.length > 0 && html`<fieldset><legend>${t("forward_files")}</legend>
        ${files.map((part) => html`<label class="target" key=${part.media}>
          <input type="checkbox" checked=${along.includes(part.media)} onChange=${() => choose(part.media)} />
          <${Icon} name="file" size="16" /><span class="grow">${nameOf(desk, part)}</span></label>`)}</fieldset>`}</div>
    ${trouble && html`<p class="failure" role="alert">${trouble}</p>`}<//>`;
}

/** @param {Desk} desk @param {FilePart} part */
function nameOf(desk, part) {
  if (part.page) return t("formatted_frame");
  return part.name || desk.items.all.get(part.media)?.known.item?.name || tOf("part", part.type);
}

/** @param {{desk: Desk, held: Held, entry: import("./types").Entry, about: import("./lines.js").About}} props */
export function Forwarded({ desk, held, entry, about }) {
  const { recipients = [], note = "", of = 0 } = entry.body;
  const status = about.status ?? "pending";
  return html`<li class=${`said forwarded ${status}`} data-seq=${entry.seq}>
    <span class="author"><${Icon} name="forward" size="14" /> ${desk.names.author(entry.by, held)} · ${t("forward_unseen")}</span>
    <div class="bubble">
      <p><b>${tOf("forwarded", status)}</b> ${recipients.join(", ")}</p>
      ${note && html`<p class="words">${linked(note)}</p>`}
      <${Quote} desk=${desk} held=${held} seq=${of} />
    </div>
    <span class="told"><time>${clock(entry.at)}</time></span>
    ${(status === "failed" || status === "uncertain") && html`<${Failure} desk=${desk} held=${held} entry=${entry} about=${about} />`}
  </li>`;
}
