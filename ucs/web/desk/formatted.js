// A message as it was written, where its platform gives a document: in a frame in which nothing runs and nothing loads. The frame is shut
// off twice, by its sandbox and by the policy that the server sends with the document. What it shows of elsewhere are copies that
// the server made, and only after somebody here asked for them.

import { t } from "./lang.js";
import { Icon, html } from "./ui.js";
import { useEffect, useState } from "./vendor/hooks.js";
import { Problem } from "./wire.js";

const MAY = "allow-popups allow-popups-to-escape-sandbox"; // a link opens in a tab of its own, and there it is a page like any other
const ELSEWHERE = ' data-remote="'; // how the document spells a picture that is not shown

/** `alone`: the message has no words beside it. @param {{desk: import("./desk.js").Desk, item: import("./types").Item, place: string, alone?: boolean}} props */
export function Formatted({ desk, item, place, alone = false }) {
  const [open, setOpen] = useState(alone);
  const [blocked, setBlocked] = useState(false);
  const [loading, setLoading] = useState(false);
  const [trouble, setTrouble] = useState("");
  const { page, pictures } = item.links;
  useEffect(() => {
    if (open && !pictures) holdsBlocked(page).then(setBlocked);
  }, [open, page, pictures]);
  const turn = async () => {
    if (!open) await desk.items.look(item.id, place); // links live for minutes
    setOpen(!open);
  };
  const show = async () => {
    setLoading(true);
    setTrouble("");
    try {
      await desk.items.bringPictures(item.id, place);
      setBlocked(false);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setTrouble(problem.message);
    }
    setLoading(false);
  };
  return html`<div class=${open ? "formatted open" : "formatted"}>
    <div class="formatted-bar">
      <button type="button" class="plain" aria-expanded=${open} onClick=${turn}>
        <${Icon} name=${open ? "down" : "next"} size="16" /> ${t("formatted")}</button>
      ${open && blocked && !pictures && html`<button type="button" class="plain" disabled=${loading} title=${t("pictures_why")} onClick=${show}>
        ${t(loading ? "pictures_loading" : "pictures_show")}</button>`}
      <a class="quiet" href=${item.links.original} download=${item.name || true}>${t("download")}</a>
    </div>
    ${trouble && html`<p class="quiet small-words" role="status">${trouble}</p>`}
    ${open && html`<iframe src=${pictures ?? page} sandbox=${MAY} referrerpolicy="no-referrer" loading="lazy" title=${t("formatted_frame")}></iframe>`}
  </div>`;
}

/** Whether pictures of the document lie elsewhere. @param {string} address */
async function holdsBlocked(address) {
  try {
    const answer = await fetch(address, { credentials: "omit" });
    return answer.ok && (await answer.text()).includes(ELSEWHERE);
  } catch {
    return false; // the frame will say the same
  }
}
