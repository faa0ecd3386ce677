// One platform's phone: who holds it, what stands on it, and what can be sent from it.

import { Circle, Icon, IconButton, html } from "../desk/ui.js";
import { useEffect, useRef, useState } from "../desk/vendor/hooks.js";
import { Album, BubbleLine, QuickReplies } from "./bubble.js";
import { AboutStrip, DeedSheet } from "./deeds.js";
import { MannersPanel } from "./manners.js";
import { t } from "./words.js";

/** @typedef {import("./types").Platform} Platform */
/** @typedef {import("./types").Phone} Phone */
/** @typedef {import("./types").Bubble} Bubble */
/** @typedef {import("./types").Act} Act */
/** What is being done with the bubble of a number; as yet nothing. @typedef {{number: number, deed: "" | import("./types").Deed}} Picked */

const NAMES = ["Uma", "王小明", "Kim", "Lena", "佐藤 花", "Omar"];
const SHOP = { type: "location", latitude: 53.5413, longitude: 9.9841, title: "Harbour Bikes", address: "Harbour Street 7, Hamburg" };

/** `place`: which phone of the page it is, so that different people hold them. @param {{platform: Platform, place: number, act: Act, say: (sentence: string) => void}} props */
export function PhonePanel({ platform, place, act, say }) {
  const [held, setHeld] = useState("");
  const phone = platform.phones.find((one) => one.customer === held) ?? platform.phones[0];
  const look = { "--accent-of": platform.look.accent, "--ground-of": platform.look.ground, "--mine-of": platform.look.mine };
  const join = async (/** @type {string} */ name) => {
    const told = await act(`/${platform.id}/customers`, { name });
    if (told) setHeld(told.customer);
  };
  return html`<section class="platform" aria-label=${platform.title} style=${look}>
    <h2><span class="mark"></span>${platform.title}</h2>
    <${People} platform=${platform} phone=${phone} place=${place} onHold=${setHeld} onJoin=${join} />
    <div class="phone">
      ${phone ? html`<${Screen} key=${phone.customer} platform=${platform} phone=${phone} act=${act} say=${say} />`
        : html`<div class="empty"><${Icon} name="person" size="36" /><h3>${t("nobody")}</h3>
            <p>${t("finds", { platform: platform.title })}</p>
            <button type="button" class="button primary" onClick=${() => join(nameFor(platform, place))}>${t("first")}</button></div>`}
    </div>
    <${MannersPanel} platform=${platform} act=${act} say=${say} />
  </section>`;
}

/** A name that nobody has here. @param {Platform} platform @param {number} place */
function nameFor(platform, place) {
  const turned = [...NAMES.slice(place % NAMES.length), ...NAMES.slice(0, place % NAMES.length)];
  return turned.find((name) => platform.phones.every((one) => one.name !== name)) ?? t("customer_n", { n: platform.phones.length + 1 });
}

/** Whose phone it is. @param {{platform: Platform, phone: Phone | undefined, place: number, onHold: (customer: string) => void, onJoin: (name: string) => void}} props */
function People({ platform, phone, place, onHold, onJoin }) {
  const next = nameFor(platform, place);
  return html`<div class="people" role="group" aria-label=${t("customers")}>
    ${platform.phones.map((one) => html`<button type="button" class="chip" key=${one.customer} aria-pressed=${one === phone}
      onClick=${() => onHold(one.customer)}>${one.name}</button>`)}
    <button type="button" class="chip add" onClick=${() => onJoin(next)} aria-label=${t("add_named", { name: next })} title=${t("add", { name: next })}>+ ${next}</button>
  </div>`;
}

/** @param {{platform: Platform, phone: Phone, act: Act, say: (sentence: string) => void}} props */
function Screen({ platform, phone, act, say }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const [picked, setPicked] = useState(/** @type {Picked | null} */ (null));
  const count = phone.bubbles.length;
  const about = phone.bubbles.find((each) => each.number === picked?.number && each.can.length > 0);
  const down = () => list.current?.scrollTo({ top: list.current.scrollHeight });
  useEffect(down, [count, phone.writing]);
  useEffect(() => { list.current?.querySelector(".picked")?.scrollIntoView({ block: "nearest" }); }, [picked]);
  const path = `/${platform.id}/customers/${encodeURIComponent(phone.customer)}`;
  const press = (/** @type {number} */ number, /** @type {import("./types").Button} */ { label, payload }) => act(`${path}/press`, { number, label, payload });
  const follow = async () => {
    const told = await act(`${path}/follow`, { follows: !phone.follows });
    if (told?.trouble) say(t("not_taken_webhook", { why: told.trouble }));
  };
  const pick = (/** @type {number} */ number) => setPicked(picked?.number === number && !picked.deed ? null : { number, deed: "" });
  const put = (/** @type {import("./types").Deed} */ deed, /** @type {string | undefined} */ emoji) => {
    const { number } = /** @type {Picked} */ (picked);
    setPicked(deed === "quote" || deed === "edit" ? { number, deed } : null);
    if (deed === "recall") act(`${path}/recall`, { number });
    if (deed === "react") act(`${path}/react`, { number, emoji }).then((told) => { if (told?.trouble) say(t("not_taken_webhook", { why: told.trouble })); });
  };
  const line = (/** @type {Bubble} */ bubble) => html`<${BubbleLine} key=${bubble.number} platform=${platform} bubble=${bubble} picked=${bubble === about}
    quoted=${phone.bubbles.find((each) => each.number === bubble.quotes)} onPick=${pick} onPress=${press} />`;
  const done = () => setPicked(null);
  return html`
    <div class="phone-top">
      <${Circle} name="Harbour Bikes" id="harbour" size="small" />
      <div class="grow"><strong>Harbour Bikes</strong><small>${t("whose", { name: phone.name })}</small></div>
      <button type="button" class="chip" onClick=${follow}>${t(phone.follows ? "block" : "follow")}</button>
    </div>
    <ol class="bubbles" ref=${list} tabindex="0" onLoadCapture=${down} aria-label=${t("sees", { name: phone.name })}>
      ${count === 0 && html`<li class="first-words">${t("say_something")}</li>`}
      ${runs(phone.bubbles).map((run) => run.length === 1 ? line(run[0]) : html`<${Album} key=${run[0].number} run=${run} lines=${run.map(line)} />`)}
      ${phone.writing && html`<li class="said"><div class="bubble dots" role="img" aria-label=${t("writing")}><i></i><i></i><i></i></div></li>`}
    </ol>
    ${phone.follows ? html`${about && !picked?.deed ? html`<${DeedSheet} platform=${platform} bubble=${about} onDeed=${put} onClose=${done} />` : html`<${QuickReplies} phone=${phone} onPress=${press} />`}
        <${Composer} platform=${platform} path=${path} act=${act} deed=${about ? picked?.deed : ""} about=${about} onDone=${done} />`
      : html`<p class="gone">${t("blocked", { name: phone.name })}</p>`}`;
}

/** Bubbles, those of one album together. @param {Bubble[]} bubbles */
function runs(bubbles) {
  /** @type {Bubble[][]} */
  const found = [];
  for (const bubble of bubbles) {
    const last = found.at(-1);
    if (last && bubble.album && last[0].album === bubble.album) last.push(bubble);
    else found.push([bubble]);
  }
  return found;
}

/** `deed`: what the next words are for, and with which message. @param {{platform: Platform, path: string, act: Act, deed: Picked["deed"], about?: Bubble, onDone: () => void}} props */
function Composer({ platform, path, act, deed, about, onDone }) {
  const [text, setText] = useState("");
  const [stickers, setStickers] = useState(false);
  const file = useRef(/** @type {HTMLInputElement | null} */ (null));
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const quotes = deed === "quote" && about ? about.number : 0;
  const can = (/** @type {string} */ type) => platform.gives.includes(type) && (!quotes || platform.quoting.includes(type));
  const say = (/** @type {object} */ part) => act(`${path}/say`, { part, quotes }).then((told) => { if (told) onDone(); });
  useEffect(() => {
    if (deed) field.current?.focus();
    if (deed === "edit" && about) setText(about.parts[0].text ?? about.parts[0].caption ?? "");
  }, [deed, about?.number]);
  const drop = () => { if (deed === "edit") setText(""); onDone(); };
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!text.trim()) return;
    if (deed === "edit" && about) act(`${path}/edit`, { number: about.number, text }).then((told) => { if (told) onDone(); });
    else say({ type: "text", text });
    setText("");
  };
  const attach = (/** @type {Event} */ event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const form = new FormData();
    for (const one of input.files ?? []) form.append("file", one);
    if (input.files?.length) act(`${path}/files`, form);
    input.value = "";
  };
  return html`<div class="writing">
    ${deed && about && html`<${AboutStrip} deed=${deed} bubble=${about} onClose=${drop} />`}
    ${stickers && html`<div class="stickers" role="group" aria-label=${t("stickers")}>${platform.stickers.map(([id, emoji]) =>
      html`<button type="button" key=${id} aria-label=${t("sticker", { emoji })} onClick=${() => { say({ type: "sticker", sticker: id, text: emoji }); setStickers(false); }}>${emoji}</button>`)}</div>`}
    <form class="composer" onSubmit=${send}>
      <input type="file" class="unseen" tabindex="-1" aria-label=${t("file_field")} ref=${file} onChange=${attach} multiple />
      ${!deed && html`<${IconButton} icon="clip" label=${t("send_file")} onClick=${() => file.current?.click()} />`}
      ${deed !== "edit" && can("location") && html`<${IconButton} icon="pin" label=${t("send_place")} onClick=${() => say(SHOP)} />`}
      ${deed !== "edit" && can("sticker") && platform.stickers.length > 0 && html`<${IconButton} icon="smile" label=${t("stickers")} aria-expanded=${stickers} onClick=${() => setStickers(!stickers)} />`}
      <input type="text" class="grow" aria-label=${t("message_on", { platform: platform.title })} placeholder=${t("message")} autocomplete="off" value=${text} ref=${field}
        onInput=${(/** @type {Event} */ event) => setText(/** @type {HTMLInputElement} */ (event.target).value)}
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => { if (event.key === "Escape" && deed) drop(); }} />
      <button type="submit" class="icon-button go" aria-label=${t("send")} title=${t("send")} disabled=${!text.trim()}><${Icon} name=${deed === "edit" ? "check" : "send"} /></button>
    </form>
  </div>`;
}
