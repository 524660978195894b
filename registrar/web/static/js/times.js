// Moments as people tell them: <time data-at="1800000000" data-form="ago | left | clock">, kept true once a second.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function span(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

export function tell(root = document) {
  const now = Date.now() / 1000;
  for (const element of root.querySelectorAll("time[data-at]")) {
    const at = Number(element.dataset.at);
    let words;
    if (element.dataset.form === "left") words = at > now ? `in ${span(at - now)}` : "now";
    else if (element.dataset.form === "clock") words = clock.format(at * 1000);
    else words = now - at < 2 ? "just now" : `${span(now - at)} ago`;
    if (element.textContent !== words) element.textContent = words;
    if (!element.title) element.title = whole.format(at * 1000);
  }
}

export function tellTimes() {
  tell();
  setInterval(() => { if (!document.hidden) tell(); }, 1000);
  document.addEventListener("htmx:afterSwap", () => tell());
  document.addEventListener("htmx:sseMessage", (event) => tell(event.target));
}
