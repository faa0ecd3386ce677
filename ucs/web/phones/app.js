// The page: one phone for each platform, side by side where there is room, else one at a time.

import { html } from "../desk/ui.js";
import { useEffect, useRef, useState } from "../desk/vendor/hooks.js";
import { render } from "../desk/vendor/preact.js";
import { PhonePanel } from "./phone.js";
import { act, state } from "./wire.js";
import { t } from "./words.js";

/** @typedef {import("./types").Platform} Platform */

const EVERY = 600; // milliseconds between two looks at the platforms
const SHOWN_FOR = 6000; // milliseconds that a sentence stays

function App() {
  const [platforms, setPlatforms] = useState(/** @type {Platform[] | null} */ (null));
  const [desk, setDesk] = useState("");
  const [trouble, setTrouble] = useState("");
  const [said, setSaid] = useState("");
  const [open, setOpen] = useState(0);
  const look = useRef(async () => {});
  look.current = async () => {
    try {
      const told = await state();
      setPlatforms(told.platforms);
      setDesk(told.desk);
      setTrouble("");
    } catch (error) {
      setTrouble(String(/** @type {Error} */ (error).message));
    }
  };
  useEffect(() => {
    let going = true;
    const loop = async () => {
      if (!document.hidden) await look.current();
      if (going) setTimeout(loop, EVERY);
    };
    loop();
    return () => { going = false; };
  }, []);
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => setSaid(""), SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [said]);

  /** Do it, say what went wrong, and look. @type {import("./types").Act} */
  const doing = async (path, body) => {
    const done = act(path, body);
    setTimeout(look.current, 40); // what is on its way is seen at once
    try {
      return await done;
    } catch (error) {
      setSaid(String(/** @type {Error} */ (error).message));
      return null;
    } finally {
      look.current();
    }
  };

  return html`<div class="phones-page">
    <header class="top">
      <h1>${t("title")}</h1>
      <p class="quiet grow">${t("intro")}</p>
      ${desk && html`<a href=${desk} target="_blank" rel="noopener">${t("desk")}</a>`}
    </header>
    ${trouble && html`<p class="strip" role="alert">${trouble}</p>`}
    ${platforms && html`<${Tabs} platforms=${platforms} open=${open} onOpen=${setOpen} />`}
    <main>
      ${platforms?.map((platform, at) => html`<div key=${platform.id} class=${`slot ${at === open ? "open" : ""}`}>
        <${PhonePanel} platform=${platform} place=${at} act=${doing} say=${setSaid} /></div>`)}
      ${!platforms && !trouble && html`<p class="empty">${t("moment")}</p>`}
    </main>
    <p class=${`toast ${said ? "shown" : ""}`} role="status">${said}</p>
  </div>`;
}

/** Which phone is seen where there is room for one only. @param {{platforms: Platform[], open: number, onOpen: (at: number) => void}} props */
const Tabs = ({ platforms, open, onOpen }) => platforms.length < 2 ? null : html`<nav class="switch" aria-label=${t("platforms")}>
  ${platforms.map((platform, at) => html`<button type="button" key=${platform.id} aria-pressed=${at === open} onClick=${() => onOpen(at)}>
    <span class="mark" style=${{ "--accent-of": platform.look.accent }}></span>${platform.title}</button>`)}</nav>`;

const root = document.getElementById("app");
if (root) render(html`<${App} />`, root);
