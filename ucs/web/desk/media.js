// Files in a conversation: a place for one that is filled when we know what it is; and bringing one up to the server.

import { Formatted } from "./formatted.js";
import { t } from "./lang.js";
import { size } from "./time.js";
import { Icon, html } from "./ui.js";
import { useEffect, useState } from "./vendor/hooks.js";
import { Problem } from "./wire.js";

/** @typedef {import("./types").Item} Item */
/** @typedef {import("./types").Part} Part */

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** `alone`: there are no words beside it. @param {{desk: import("./desk.js").Desk, part: Part, place: string, alone?: boolean}} props */
export function Media({ desk, part, place, alone }) {
  const media = part.media ?? "";
  const [known, setKnown] = useState(/** @type {import("./items.js").Known} */ ({}));
  const [renewed, setRenewed] = useState(false);
  useEffect(() => desk.items.follow(media, place, setKnown), [media, place]);
  const { item, trouble, again } = known;
  const renew = () => {
    if (renewed) return;
    setRenewed(true);
    desk.items.look(media, place);
  };
  if (trouble || item?.state === "failed") {
    return html`<div class="file failed" role="note"><${Icon} name="file" /><span>${trouble || item?.reason || t("file_failed")}</span>
      ${again && html`<button type="button" class="plain" onClick=${() => desk.items.look(media, place)}>${t("try_again")}</button>`}</div>`;
  }
  if (!item || item.state !== "ready") {
    return html`<div class="file waiting"><${Icon} name="file" /><span>${part.name || t("file_waiting")}</span></div>`;
  }
  const family = item.mime.split("/")[0];
  if (part.page && item.links.page) return html`<${Formatted} desk=${desk} item=${item} place=${place} alone=${alone} />`;
  if (item.links.preview) return html`<${Picture} desk=${desk} item=${item} renew=${renew} />`;
  if (part.type === "audio" || family === "audio") return html`<${Sound} item=${item} renew=${renew} />`;
  if (part.type === "video" || family === "video") {
    return html`<video src=${item.links.original} controls preload="metadata" playsinline onError=${renew}></video>`;
  }
  return html`<${FileLink} item=${item} />`;
}

/** @param {{desk: import("./desk.js").Desk, item: Item, renew: () => void}} props */
function Picture({ desk, item, renew }) {
  const ratio = item.width && item.height ? `aspect-ratio: ${item.width} / ${item.height}` : "";
  return html`<button type="button" class="picture" aria-label=${t("open_picture", { name: item.name })}
    onClick=${() => desk.ask("media", undefined, { item })}>
    <img src=${item.links.preview} alt=${item.name} style=${ratio} loading="lazy" onError=${renew} /></button>`;
}

/** @param {{item: Item, renew: () => void}} props */
function Sound({ item, renew }) {
  return html`<div class="played"><span class="quiet">${t("voice_note")}</span>
    <audio src=${item.links.web ?? item.links.original} controls preload="metadata" onError=${renew}></audio><${FileLink} item=${item} /></div>`;
}

/** @param {{item: Item}} props */
export function FileLink({ item }) {
  return html`<a href=${item.links.original} download=${item.name || true} class="file"><${Icon} name="file" />
    <span class="name">${item.name || t("part_file")}</span><span class="quiet">${size(item.size)}</span></a>`;
}

/** Send a file to this address; `progress` hears fractions. Throws a `Problem`.
 * @param {string} address @param {File} file @param {string} token @param {(part: number) => void} progress @returns {Promise<Item>} */
export function upload(address, file, token, progress) {
  return new Promise((done, failed) => {
    if (file.size === 0) return failed(new Problem(422, t("file_empty", { name: file.name })));
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name).slice(0, 900));
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = () => failed(new Problem(0, t("file_broke_off")));
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status >= 300) failed(new Problem(request.status, answer.detail || t("file_not_taken")));
      else done(answer);
    };
    request.send(file);
  });
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** The part that says this file. @param {Item} item @returns {Part} */
export function partOf(item) {
  const family = item.mime.split("/")[0];
  if (PICTURES.includes(item.mime)) return { type: "image", media: item.id };
  if (family === "audio" || family === "video") return { type: family, media: item.id };
  return { type: "file", media: item.id, name: item.name };
}
