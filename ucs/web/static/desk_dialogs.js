// What the agent is asked: where to transfer, and how it came out.

import { byId, fill, h } from "./dom.js";

const CODES = ["solved", "follow up", "no answer", "wrong address", "unwanted"];
const READY = { idle: "ready", busy: "fully occupied", work: "wrapping up", rest: "at rest", offline: "offline" };
const LOOK_AGAIN = 4000; // milliseconds: who is free changes while one looks

/** Shows a form; `done(values)` returns false to keep it open. */
function open(content, done, closed = () => {}) {
  const dialog = byId("dialog");
  const form = h("form", { method: "dialog", onsubmit: async (event) => {
    event.preventDefault();
    if (event.submitter?.value === "no") return dialog.close();
    const values = Object.fromEntries(new FormData(form));
    const send = form.querySelector("[value=yes]");
    send.disabled = true;
    if ((await done(values)) === false) send.disabled = false;
    else dialog.close();
  } }, content);
  fill(dialog, form);
  dialog.onclose = closed;
  dialog.showModal();
  return form;
}

const buttons = (yes) =>
  h("menu", {}, h("button", { value: "no", class: "button", formnovalidate: true }, "Cancel"), h("button", { value: "yes", class: "button primary" }, yes));

const note = (words) => h("label", {}, words, h("textarea", { name: "note", rows: 2, maxlength: "20000" }));

export function transferDialog(desk, id) {
  const choices = h("div", { class: "targets" });
  let drawn = "";
  const draw = () => {
    const now = JSON.stringify([desk.queues, desk.agents]);
    if (now === drawn) return; // who moves through the list with the keyboard is not disturbed
    drawn = now;
    fill(choices, targets(desk, choices.querySelector(":checked")?.value));
  };
  draw();
  open(
    [h("h2", {}, "Transfer"), choices, note("Note for whoever takes over"), buttons("Transfer")],
    ({ to, note }) => {
      const [kind, target] = (to ?? "").split(/:(.*)/s);
      return to ? desk.act(id, "transfer", { [kind]: target, note }) : false;
    },
    () => clearInterval(timer),
  );
  const timer = setInterval(async () => {
    await desk.look();
    draw();
  }, LOOK_AGAIN);
  desk.look().then(draw);
}

function targets(desk, chosen) {
  const queues = desk.queues.map(({ id, name, waiting }) => target(`queue:${id}`, name, waiting ? `${waiting} waiting` : "nobody waiting", "idle", chosen));
  const others = desk.agents.filter(({ agent }) => agent !== desk.me.agent);
  const agents = others.map((agent) => {
    const state = agent.lost ? "offline" : agent.state;
    return target(`agent:${agent.agent}`, agent.name, `${READY[state] ?? state}${agent.carries.length ? ` · ${agent.carries.length} open` : ""}`, state, chosen);
  });
  return [
    h("fieldset", {}, h("legend", {}, "Queues"), queues),
    h("fieldset", {}, h("legend", {}, "Colleagues"), agents.length ? agents : h("p", { class: "quiet" }, "There is nobody else.")),
  ];
}

function target(value, name, words, state, chosen) {
  return h("label", { class: "target" },
    h("input", { type: "radio", name: "to", value, required: true, checked: value === chosen }),
    h("i", { class: "dot", "data-state": state }), h("span", { class: "grow" }, name), h("span", { class: "quiet" }, words));
}

export function wrapUpDialog(desk, id) {
  open(
    [
      h("h2", {}, "Wrap up"),
      h("label", {}, "How did it come out?", h("input", { name: "code", list: "codes", maxlength: "100", autocomplete: "off" })),
      h("datalist", { id: "codes" }, CODES.map((code) => h("option", { value: code }))),
      h("div", { class: "options" }, CODES.map((code) => h("button", { type: "button", class: "option", onclick: (event) => (event.target.form.elements.code.value = code) }, code))),
      note("Note"),
      buttons("Done"),
    ],
    async ({ code, note }) => {
      const done = await desk.act(id, "wrap-up", { code, note });
      if (done && desk.chosen === id) desk.choose(null);
      return done;
    },
  );
}
