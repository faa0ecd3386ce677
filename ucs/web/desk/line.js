// One line as it is shown: something said, a note, or a remark. It is drawn again only when something about it has changed.

import { CopiedTo } from "./copies.js";
import { Failure } from "./failure.js";
import { Forwarded } from "./forward.js";
import { t, tOf } from "./lang.js";
import { said } from "./lines.js";
import { Parts } from "./parts.js";
import { Quote } from "./quote.js";
import { MarkNote } from "./sensitive.js";
import { clock } from "./time.js";
import { Icon, cx, html, linked } from "./ui.js";
import { Component } from "./vendor/preact.js";
import { remark } from "./words.js";

/**
 * @typedef {import("./types").Entry} Entry
 * @typedef {import("./lines.js").About} About
 * @typedef {{
 *   desk: import("./desk.js").Desk, held: import("./held.js").Held, entry: Entry, about?: About, follows: boolean,
 *   quote?: (seq: number) => void, name: string, agents: number, state: string, status: string, forwards: boolean,
 * }} Props
 */

/** @type {Set<string | undefined>} */
const FAILED = new Set(["failed", "uncertain"]);
const FORWARDS_IN = new Set(["talking", "wrap_up"]);

/** @extends {Component<Props>} */
export class Line extends Component {
  /** @param {Props} next */
  shouldComponentUpdate(next) {
    const { entry, about, follows, quote, name, agents, state, status, forwards } = this.props;
    const same = next.entry === entry && next.about === about && next.follows === follows && next.state === state && next.status === status;
    return !same || next.forwards !== forwards || next.name !== name || next.agents !== agents || Boolean(next.quote) !== Boolean(quote);
  }

  /** @param {Props} props */
  render(props) {
    const { entry, desk, held, about = {} } = props;
    if (entry.kind === "forwarded") return html`<${Forwarded} desk=${desk} held=${held} entry=${entry} about=${about} />`;
    if (said(entry) || entry.kind === "note") return bubble(props);
    return html`<li class="remark" data-seq=${entry.seq}>${remark(entry, desk)} <time>${clock(entry.at)}</time></li>`;
  }
}

/** @param {Props} props */
function bubble({ desk, held, entry, about = {}, follows, quote, status, forwards }) {
  const note = entry.kind === "note";
  const mine = !note && entry.by !== "customer";
  const whisper = note && entry.body.to;
  const names = cx({ said: true, mine, theirs: !mine && !note, note, whisper, automatic: entry.by === "system", follows, gone: about.gone });
  const marks = (about.edit ?? entry).body.marks ?? [];
  const author = desk.names.author(entry.by, held);
  return html`<li class=${names} data-seq=${entry.seq}>
    ${!follows && html`<span class="author">${note && html`<${Icon} name="lock" size="12" />`} ${author}
      ${note && html` · ${whisper ? desk.names.whisper(entry.body.to ?? "") : t("private_note")}`}</span>`}
    <div class="with-tools">
      <div class="bubble">${content(desk, held, entry, about)}</div>
      ${!about.gone && html`<${Tools} desk=${desk} held=${held} entry=${entry} quote=${quote} forwards=${forwards} />`}
    </div>
    ${!about.gone && marks.length > 0 && html`<${MarkNote} marks=${marks} />`}
    ${about.emoji && html`<span class="reaction">${about.emoji}</span>`}
    <span class="told"><time>${clock(entry.at)}</time>${about.edit && ` · ${t("edited")}`}${mine && told(status)}</span>
    ${mine && FAILED.has(about.status) && !about.gone && html`<${Failure} desk=${desk} held=${held} entry=${entry} about=${about} />`}
    ${mine && about.aside && html`<p class="failure" role="note">${about.aside}</p>`}
  </li>`;
}

/** @param {string} [word] */
function told(word) {
  if (!word || FAILED.has(word)) return null;
  return html` · <span class=${`status ${word}`}>${tOf("status", word)}</span>`;
}

/** @param {Props["desk"]} desk @param {Props["held"]} held @param {Entry} entry @param {About} about */
function content(desk, held, entry, about) {
  if (about.gone) return html`<p>${t(about.gone === "customer" ? "taken_back_by_customer" : "taken_back")}</p>`;
  if (entry.kind === "note") return html`<p class="words">${linked(entry.body.text ?? "")}</p>`;
  if (entry.kind === "tapped") return tapped(entry.body);
  const line = about.edit ?? entry;
  const marks = line.body.marks ?? [];
  return html`${entry.body.reply_to ? html`<${Quote} desk=${desk} held=${held} seq=${entry.body.reply_to} />` : null}
    <${Parts} desk=${desk} parts=${line.body.parts ?? []} marks=${marks} place=${`?contact=${line.contact}&seq=${line.seq}`} />
    <${CopiedTo} copies=${entry.body.copies} />`;
}

/** What was pressed, and what was typed where a platform has nothing to press. @param {Entry["body"]} body */
function tapped({ label, payload, typed }) {
  const shown = label || payload;
  return html`<p class="words tapped">${shown}</p>${typed && typed !== shown && html`<p class="quiet">${t("typed", { text: typed })}</p>`}`;
}

/** @param {{desk: Props["desk"], held: Props["held"], entry: Entry, quote?: (seq: number) => void, forwards: boolean}} props */
function Tools({ desk, held, entry, quote, forwards }) {
  const own = held.role === "own" && held.view.state === "talking";
  const mine = entry.kind === "message" && entry.by === `agent:${desk.me.agent}`;
  const recall = own && mine;
  const theirs = entry.kind === "message" && entry.by === "customer";
  const answer = quote && theirs;
  const forward = forwards && theirs && held.role === "own" && FORWARDS_IN.has(held.view.state);
  if (!recall && !answer && !forward) return null;
  const tool = (/** @type {any} */ name, /** @type {string} */ words, /** @type {() => void} */ act) =>
    html`<button type="button" class="tool" aria-label=${words} title=${words} onClick=${act}><${Icon} name=${name} size="16" /></button>`;
  return html`<span class="tools">
    ${answer && tool("reply", t("reply_to"), () => quote(entry.seq))}
    ${forward && tool("forward", t("forward_this"), () => desk.ask("forward", held, { of: entry.seq }))}
    ${recall && tool("undo", t("recall"), () => desk.act(held.view.id, "recall", { of: entry.seq }))}
  </span>`;
}
