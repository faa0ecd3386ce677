// Something that changes with the clock alone, drawn again by itself and without its surroundings.

import { useEffect, useState } from "./vendor/hooks.js";

/** @param {{every: number | string, draw: () => import("./vendor/preact.js").Child}} props milliseconds between two looks */
export function Ticking({ every, draw }) {
  const [, again] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => again((count) => count + 1), Number(every));
    return () => clearInterval(timer);
  }, [every]);
  return draw();
}
