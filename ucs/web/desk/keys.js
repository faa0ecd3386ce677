// The keyboard: what each key does while no field is being written in. The sheet behind `?` is made from the same table.

/** @typedef {import("./desk.js").Desk} Desk */

const OWN = (/** @type {Desk} */ desk) => (desk.shown?.role === "own" ? desk.shown : null);
const focus = (/** @type {string} */ selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector))?.focus();
const press = (/** @type {string} */ selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector))?.click();

/** Keys, the words about them, and what they do. @type {{keys: string[], words: import("./lang.js").Key, act: (desk: Desk, key: string) => void}[]} */
export const SHORTCUTS = [
  { keys: ["j", "k"], words: "key_next", act: (desk, key) => desk.step(key === "j" ? 1 : -1) },
  { keys: ["a"], words: "key_accept", act: (desk) => desk.notify.offers[0] && desk.accept(desk.notify.offers[0]) },
  { keys: ["d"], words: "key_decline", act: (desk) => desk.notify.offers[0] && desk.act(desk.notify.offers[0].view.id, "decline") },
  { keys: ["r"], words: "key_reply", act: () => (press(".mode.reply"), focus("#composer")) },
  { keys: ["n"], words: "key_note", act: () => (press(".mode.note"), focus("#composer")) },
  { keys: ["1", "2", "3"], words: "key_advice", act: (_, key) => press(`.advice li:nth-child(${key}) .suggestion`) },
  { keys: ["t"], words: "key_transfer", act: (desk) => OWN(desk)?.view.state === "talking" && desk.ask("transfer", desk.shown ?? undefined) },
  { keys: ["e"], words: "key_close", act: (desk) => end(desk) },
  { keys: ["f"], words: "key_filter", act: () => focus("#filter") },
  { keys: ["s"], words: "key_state", act: (desk) => desk.setState(desk.seat?.state === "rest" ? "idle" : "rest") },
  { keys: ["i"], words: "key_panel", act: () => press("#panel-toggle") },
  { keys: ["g"], words: "key_floor", act: (desk) => desk.isSupervisor && (desk.place === "floor" ? desk.choose(desk.chosen) : desk.floor.open()) },
  { keys: ["?"], words: "key_help", act: (desk) => desk.ask("keys") },
];

/** @param {Desk} desk */
function end(desk) {
  const held = OWN(desk);
  if (held?.view.state === "talking") desk.close(held);
  if (held?.view.state === "wrap_up") desk.ask("wrap_up", held);
}

/** @param {() => Desk | null} desk the one that is open now */
export function listenToKeys(desk) {
  document.addEventListener("keydown", (event) => {
    const open = desk();
    const target = /** @type {HTMLElement} */ (event.target);
    if (!open || open.dialog || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (target.closest("input, textarea, select, [role=menu], .emoji")) return;
    const found = SHORTCUTS.find(({ keys }) => keys.includes(event.key));
    if (!found) return;
    event.preventDefault();
    found.act(open, event.key);
  });
}
