// The keyboard: / searches, : types a command, j and k walk a list, Enter opens, p pauses, ? tells these.

import { pause } from "./live.js";

function items() {
  return [...document.querySelectorAll("[data-walk] a, a[data-walk], [data-walk-row] td a.walk")].filter((each) => each.offsetParent !== null);
}

function walk(step) {
  const all = items();
  if (!all.length) return;
  let at = all.indexOf(document.activeElement);
  if (at < 0) at = all.findIndex((each) => each.hasAttribute("aria-current"));
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

export function useKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "Escape") {
      if (typing) typing.blur();
      document.body.classList.remove("menu-open");
      document.querySelector(".dock")?.classList.remove("open");
      return;
    }
    if (typing) return;
    const act = {
      "/": () => document.querySelector("#search")?.focus(),
      ":": () => document.querySelector("#command")?.focus(),
      j: () => walk(1),
      k: () => walk(-1),
      p: () => { if (document.querySelector("#pause")) pause(document.querySelector("#pause").getAttribute("aria-pressed") !== "true"); },
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
