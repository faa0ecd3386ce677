// The form in front of the desk.

import { LANGUAGES, locale, speak as setLanguage, t } from "./lang.js";
import { html } from "./ui.js";
import { useEffect, useRef, useState } from "./vendor/hooks.js";
import { Problem } from "./wire.js";

/** @param {{session: import("./session.js").Session, why: string, speak: () => void}} props */
export function SignIn({ session, why, speak }) {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState(why);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  useEffect(() => {
    const fields = /** @type {HTMLInputElement[]} */ ([...(form.current?.querySelectorAll("input") ?? [])]);
    (fields.find((field) => !field.value) ?? fields[0])?.focus();
  }, []);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)));
    setBusy(true);
    try {
      await session.signIn(String(values.tenant).trim(), String(values.agent).trim(), String(values.password));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setTrouble(problem.message);
      setBusy(false);
    }
  };
  const { tenant, agent } = session.last;
  return html`<main class="sign-in">
    <form class="panel" ref=${form} onSubmit=${submit}>
      <img class="logo" src="/web/icon.svg" alt="" width="40" height="40" />
      <div>
        <h1>${t("sign_in_title")}</h1>
        <p class="quiet">${t("sign_in_hint")}</p>
      </div>
      ${trouble && html`<p id="sign-in-why" class="banner" role="alert">${trouble}</p>`}
      <label>${t("tenant")}
        <input name="tenant" defaultValue=${tenant} autocomplete="organization" required maxlength="64" spellcheck=${false} autocapitalize="none" />
      </label>
      <label>${t("agent")}
        <input name="agent" defaultValue=${agent} autocomplete="username" required maxlength="64" spellcheck=${false} autocapitalize="none" />
      </label>
      <label>${t("password")}
        <input name="password" type="password" autocomplete="current-password" required maxlength="200" />
      </label>
      <button class="button primary" type="submit" disabled=${busy}>${t("sign_in")}</button>
      <${LanguageChoice} speak=${speak} />
    </form>
  </main>`;
}

/** @param {{speak: () => void}} props */
export function LanguageChoice({ speak }) {
  const choose = (/** @type {Event} */ event) => {
    setLanguage(/** @type {HTMLSelectElement} */ (event.currentTarget).value);
    speak();
  };
  return html`<label class="language"><span class="unseen">${t("language")}</span>
    <select onChange=${choose} value=${locale()}>
      ${Object.entries(LANGUAGES).map(([id, { name }]) => html`<option value=${id} selected=${id === locale()}>${name}</option>`)}
    </select>
  </label>`;
}
