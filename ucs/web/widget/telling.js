// What is told in words: how it stands, and the conversation as a text to keep.

import { h } from "./dom.js";

/**
 * How it stands, in a sentence. `talked`: somebody of ours has been in this contact.
 * @param {import("./types").Contact | null} view @param {import("./types").About} about @param {unknown} talked @param {import("./types").Tell} tell
 */
export function standing(view, about, talked, tell) {
  const { state, agent, position, minutes } = view ?? {};
  if (!state || (state === "closed" && !talked)) return tell(!about.open ? "closed" : about.ready ? "here" : "soon");
  if (state === "talking" || state === "robot") return tell("talking", { name: agent || tell("agent") });
  if (state === "offered") return tell(state);
  if (state !== "queued") return tell("over");
  const place = position === 1 ? tell("next") : position ? tell("place", { n: position }) : tell("waiting");
  return minutes ? `${place} · ${tell("minutes", { n: minutes })}` : place;
}

/** Hands the lines that are shown to the customer as a file. @param {HTMLElement} log @param {string} locale @param {string} name */
export function giveTranscript(log, locale, name) {
  const lines = [...log.querySelectorAll("li")].map((line) => {
    const words = ["author", "bubble"].map((kind) => /** @type {HTMLElement | null} */ (line.querySelector(`.${kind}`))?.innerText);
    return `[${new Date(line.dataset.at ?? "").toLocaleString(locale)}] ${words[0] ? words.join(": ") : line.innerText}`;
  });
  const href = URL.createObjectURL(new Blob([lines.join("\n")], { type: "text/plain" }));
  h("a", { href, download: `${name}.txt` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
