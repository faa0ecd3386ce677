// What is asked of the customer: the form before the first word, and the survey after the last.

import { fill, h, icon } from "./dom.js";

/**
 * The channel's form; `done` gets the answers by the fields' names.
 * @param {import("./types").Field[]} fields @param {import("./types").Tell} tell @param {(answers: Record<string, string>) => void} done
 */
export function form(fields, tell, done) {
  /** @type {[string, any][]} */
  const inputs = fields.map(({ name, type, options, required }) => {
    const more = { id: `ucs-${name}`, name, required, "aria-describedby": `ucs-${name}-bad` };
    if (type === "choice") return [name, h("select", more, h("option", { value: "" }), options.map((one) => h("option", {}, one)))];
    const completes = { name: "name", email: "email", tel: "tel" }[type === "text" ? name : type];
    return [name, h("input", { ...more, type, maxlength: 500, dir: "auto", autocomplete: completes ?? "off" })];
  });
  const rows = fields.map(({ name, label, required }, at) =>
    h(
      "div",
      { class: "field" },
      h("label", { for: `ucs-${name}` }, label, !required && h("span", { class: "quiet" }, ` (${tell("optional")})`)),
      inputs[at][1],
      h("p", { class: "bad", id: `ucs-${name}-bad` }),
    )
  );
  const check = (/** @type {any} */ input) => {
    const bad = !input.validity.valid;
    input.setAttribute("aria-invalid", String(bad));
    input.nextElementSibling.textContent = bad ? tell(input.validity.valueMissing ? "missing" : "unlikely") : "";
    return bad;
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const wrong = inputs.map(([, input]) => input).filter(check);
    if (wrong.length) return wrong[0].focus();
    done(Object.fromEntries(inputs.map(([name, input]) => [name, input.value.trim()]).filter(([, value]) => value)));
  };
  return h("form", { class: "asked", novalidate: true, onsubmit: submit }, rows, h("button", { class: "primary" }, tell("start")));
}

/**
 * How did it go? `rate` sends the answer, `skip` forgets the question.
 * @param {import("./types").Survey} survey @param {import("./types").Tell} tell
 * @param {(score: number, comment: string) => Promise<void>} rate @param {() => void} skip
 */
export function survey({ question, comment, thanks }, tell, rate, skip) {
  const words = comment && h("textarea", { rows: 2, maxlength: 2000, id: "ucs-words", dir: "auto" });
  const more = h("div", { class: "more", hidden: true });
  const trouble = h("p", { class: "bad", role: "alert" });
  const stars = [1, 2, 3, 4, 5].map((score) =>
    h("label", {}, h("input", { type: "radio", name: "score", value: score, "aria-label": tell("stars", { n: score }), onchange: () => choose(score) }), icon("star"))
  );
  const choose = (/** @type {number} */ score) => {
    stars.forEach((star, at) => star.classList.toggle("on", at < score));
    more.hidden = false;
  };
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    try {
      await rate(Number(new FormData(event.target).get("score")), words ? words.value.trim() : "");
      fill(node, h("p", { class: "thanks" }, thanks || tell("thanks")));
    } catch {
      trouble.textContent = tell("lost");
    }
  };
  more.append(
    ...(words ? [h("label", { for: "ucs-words" }, comment), words] : []),
    trouble,
    h("button", { class: "primary" }, tell("send")),
  );
  const node = h(
    "form",
    { class: "asked survey", onsubmit: submit },
    h("fieldset", {}, h("legend", {}, question), h("div", { class: "stars" }, stars)),
    more,
    h("button", { type: "button", class: "plain", onclick: skip }, tell("skip")),
  );
  return node;
}
