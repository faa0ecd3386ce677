// Files: bringing one up to the server with its progress, and showing one that a message names.
//
// A file is its id. What it is, whether it is here yet and under which signed link it lies is asked when it is to be shown; links
// live for minutes, so a picture that no longer loads is asked for once more.

import { fill, h, icon } from "./dom.js";
import { size } from "./time.js";
import { Problem } from "./wire.js";

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** Send a file to this address; `progress` hears fractions. Returns what the server made of it. */
export function upload(address, file, token, progress) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name).slice(0, 900));
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = () => failed(new Problem(0, "The connection broke while the file was being sent."));
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status >= 300) failed(new Problem(request.status, answer.detail || "The file was not taken."));
      else done(answer);
    };
    request.send(file);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Why this file would be refused, in a sentence; empty if it would not. `rules` are the session's. */
export function objection(file, rules) {
  const family = /^(image|audio|video)\//.exec(file.type)?.[1] ?? "file";
  const limit = rules?.sizes?.[family];
  if (file.size === 0) return `${file.name} is empty.`;
  if (limit && file.size > limit) return `${file.name} has ${size(file.size)}; at most ${size(limit)} can be sent.`;
  return "";
}

/** The part that says this file. */
export function partOf(item) {
  const family = item.mime.split("/")[0];
  if (PICTURES.includes(item.mime)) return { type: "image", media: item.id };
  if (family === "audio" || family === "video") return { type: family, media: item.id };
  return { type: "file", media: item.id, name: item.name };
}

/** Shows files. `wire` asks at `place`, which is "/chat/media" or "/desk/media". */
export class Gallery {
  constructor(wire, place) {
    this.wire = wire;
    this.place = place;
    this.frames = new Map(); // media id → the places where it is shown
  }

  /** A place for this file, filled when we know what it is. `entry`: the line that names it; without one it is our own upload. */
  show(part, entry) {
    const frame = h("div", { class: "media" });
    frame.part = part;
    frame.address = `${this.place}/${part.media}${entry ? `?contact=${entry.contact}&seq=${entry.seq}` : ""}`;
    const places = this.frames.get(part.media) ?? new Set();
    this.frames.set(part.media, places.add(frame));
    waiting(frame, part);
    this.look(frame);
    return frame;
  }

  /** A pending file has come, or never will. */
  settled(media) {
    for (const frame of this.frames.get(media) ?? []) this.look(frame);
  }

  async look(frame, again = true) {
    try {
      const item = await this.wire.get(frame.address);
      if (item.state === "failed") failed(frame, item.reason);
      else if (item.state === "ready") this.ready(frame, item, again);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      failed(frame, problem.status === 404 ? "This file is no longer kept." : problem.message, () => this.look(frame));
    }
  }

  ready(frame, item, again) {
    const renew = () => (again ? this.look(frame, false) : fill(frame, fileLink(item)));
    const family = item.mime.split("/")[0];
    if (item.links.preview) fill(frame, picture(item, renew));
    else if (frame.part.type === "audio" || family === "audio") fill(frame, sound(item, renew));
    else if (frame.part.type === "video" || family === "video") fill(frame, film(item, renew));
    else fill(frame, fileLink(item));
  }
}

function waiting(frame, part) {
  fill(frame, h("div", { class: "file waiting" }, icon("file"), h("span", {}, part.name || "File on its way …")));
}

function failed(frame, reason, retry) {
  const words = h("span", {}, reason || "This file could not be fetched.");
  const button = retry && h("button", { class: "plain", type: "button", onclick: retry }, "Try again");
  fill(frame, h("div", { class: "file failed", role: "note" }, icon("file"), words, button));
}

function picture(item, renew) {
  const ratio = item.width && item.height ? `${item.width} / ${item.height}` : "";
  const image = h("img", { src: item.links.preview, alt: item.name || "Picture", loading: "lazy", onerror: renew });
  if (ratio) image.style.aspectRatio = ratio;
  return h("a", { href: item.links.web ?? item.links.original, target: "_blank", rel: "noopener", class: "picture" }, image);
}

const sound = (item, renew) =>
  h("div", { class: "played" }, h("audio", { src: item.links.original, controls: true, preload: "metadata", onerror: renew }), fileLink(item));

const film = (item, renew) =>
  h("video", { src: item.links.original, controls: true, preload: "metadata", playsinline: true, onerror: renew });

const fileLink = (item) =>
  h(
    "a",
    { href: item.links.original, download: item.name || true, class: "file" },
    icon("file"),
    h("span", { class: "name" }, item.name || "File"),
    h("span", { class: "quiet" }, size(item.size)),
  );
