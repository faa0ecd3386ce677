// The tenant's own page about the customer, inside a page of ours that may embed its origin and no other. The address is told to that
// page here in the browser; our server is never asked for anything with the customer's name in it.

import { t } from "./lang.js";
import { Icon, html } from "./ui.js";
import { useEffect, useRef } from "./vendor/hooks.js";

/** @param {{pop: import("./types").ScreenPop}} props */
export function Page({ pop }) {
  const frame = useRef(/** @type {HTMLIFrameElement | null} */ (null));
  const { url } = pop;
  useEffect(() => {
    const show = () => frame.current?.contentWindow?.postMessage({ url, title: t("page_title") }, location.origin);
    const ready = (/** @type {MessageEvent} */ event) => {
      if (event.source === frame.current?.contentWindow && event.origin === location.origin && event.data?.type === "pop") show();
    };
    window.addEventListener("message", ready);
    show(); // it may be there already, with another address
    return () => window.removeEventListener("message", ready);
  }, [url]);
  if (!url) return html`<div class="empty small"><${Icon} name="lock" size="32" /><p>${pop.trouble}</p></div>`;
  return html`<div class="page"><iframe ref=${frame} src=${pop.frame} title=${t("page_title")}></iframe></div>`;
}
