// What is asked of the customer: the form before the first word, and the survey after the last.

import { fill, h, press } from "./dom.js";

/**
 * The channel's form; `done` gets the answers by the fields' names. `wrong`: what the server has to say about them. What is wrong is told
 * at the field and in our language, which need not be the browser's.
 * @param {import("./types").Field[]} fields @param {import("./types").Tell} tell
 * @param {import("./types").Wrong[]} wrong @param {Record<string, string>} given what was answered before @param {(answers: Record<string, string>) => void} done
 */
export function form(fields, tell, wrong, given, done) {
  const rows = fields.map(({ name, label, type, options, required }) => {
    const completes = { name: "name", email: "email", tel: "tel" }[type === "text" ? name : type] ?? "off";
    const id = `ucs-${name}`;
    const bad = h("small", { class: "bad", role: "alert" });
    const say = (/** @type {any} */ text) => {
      bad.textContent = text;
      input.setAttribute("aria-invalid", !!text);
    };
    const oninvalid = (/** @type {any} */ event) => {
      event.preventDefault();
      say(tell("check"));
      event.target.form.querySelector(":invalid").focus();
    };
    const more = { id, name, required, dir: "auto", oninvalid, oninput: () => say("") };
    const input = type === "choice"
      ? h("select", more, h("option", { value: "" }), options.map((one) => h("option", { selected: one === given[name] }, one)))
      : h("input", { ...more, type, value: given[name], maxlength: 500, autocomplete: completes });
    say(wrong.find(({ field }) => field === `fields.${name}`)?.expected);
    return [h("label", { for: id }, label, !required && h("small", {}, ` (${tell("optional")})`), " ", bad), input];
  });
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    const answers = /** @type {[string, string][]} */ ([...new FormData(event.target)]);
    done(Object.fromEntries(answers.map(([name, value]) => [name, value.trim()]).filter(([, value]) => value)));
  };
  return h("form", { class: "asked", onsubmit: submit }, rows, h("button", { class: "primary" }, tell("start")));
}

/**
 * How did it go? `rate` sends the answer, `skip` forgets the question.
 * @param {import("./types").Survey} survey @param {import("./types").Tell} tell
 * @param {(score: number, comment: string) => Promise<void>} rate @param {() => void} skip
 */
export function survey({ question, comment, thanks }, tell, rate, skip) {
  const more = h(
    "div",
    { class: "asked", hidden: true },
    comment && [h("label", { for: "ucs-words" }, comment), h("textarea", { rows: 2, maxlength: 2000, id: "ucs-words", name: "comment", dir: "auto" })],
    h("button", { class: "primary" }, tell("send")),
  );
  const stars = [1, 2, 3, 4, 5].map((score) => {
    const onchange = () => {
      stars.forEach((star, at) => star.classList.toggle("on", at < score));
      more.hidden = false;
    };
    return h("label", {}, h("input", { type: "radio", name: "score", value: score, "aria-label": tell("stars", { n: score }), onchange }), "★");
  });
  const trouble = h("p", { class: "bad", role: "alert" });
  const onsubmit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const given = new FormData(event.target);
    const sent = rate(Number(given.get("score")), String(given.get("comment") ?? "").trim());
    await sent.then(() => fill(node, h("p", { role: "status" }, thanks || tell("thanks"))), () => fill(trouble, tell("lost")));
  };
  const node = h("form", { class: "survey", onsubmit }, h("fieldset", {}, h("legend", {}, question), stars), trouble, more, press("plain", skip, tell("skip")));
  return node;
}
