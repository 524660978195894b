// The live connection: one event source a page, its position kept when it is lost, closed while nobody looks at it.

const RETRY = [1000, 2000, 4000, 8000];

class ResumingSource extends EventTarget {
  constructor(url) {
    super();
    this.url = url;
    this.last = "";
    this.tries = 0;
    this.readyState = EventSource.CONNECTING;
    this.names = new Set();
    this.forward = (event) => {
      if (event.lastEventId) this.last = event.lastEventId;
      this.dispatchEvent(new MessageEvent(event.type, { data: event.data, lastEventId: event.lastEventId }));
    };
    this.connect();
    sources.add(this);
  }

  connect() {
    const url = new URL(this.url, location.href);
    if (this.last) url.searchParams.set("since", this.last);
    this.source = new EventSource(url);
    for (const name of this.names) this.source.addEventListener(name, this.forward);
    this.source.addEventListener("policy", (event) => tellPolicy(event.data));
    this.source.addEventListener("numbers", (event) => tellNumbers(JSON.parse(event.data)));
    this.source.addEventListener("behind", (event) => show("live", `live, ${event.data} events meanwhile`));
    this.source.onopen = () => {
      this.readyState = EventSource.OPEN;
      this.tries = 0;
      show(paused ? "paused" : "live");
      this.onopen?.({});
    };
    this.source.onerror = () => {
      this.source.close();
      if (this.readyState === EventSource.CLOSED) return;
      this.readyState = EventSource.CONNECTING;
      show("lost");
      this.timer = setTimeout(() => this.connect(), RETRY[Math.min(this.tries++, RETRY.length - 1)]);
    };
  }

  addEventListener(name, listener) {
    super.addEventListener(name, listener);
    if (!this.names.has(name)) {
      this.names.add(name);
      this.source.addEventListener(name, this.forward);
    }
  }

  rest() {
    clearTimeout(this.timer);
    this.source.close();
  }

  close() {
    this.readyState = EventSource.CLOSED;
    this.rest();
    sources.delete(this);
  }
}

const sources = new Set();
window.liveSources = sources;
let paused = false;
let missed = 0;

const WORDS = { live: "live", lost: "connection lost", paused: "paused" };

function show(state, words) {
  const sign = document.querySelector("#live");
  if (!sign) return;
  sign.dataset.state = state;
  sign.textContent = words ?? WORDS[state];
}

// The policy in force, in the frame of every page.
function tellPolicy(words) {
  const chip = document.querySelector("#policy");
  chip.querySelector("span").textContent = words;
  chip.classList.toggle("accent", !words.startsWith("0"));
}

// Numbers that change all the time come without their surroundings.
function tellNumbers(values) {
  if (paused) return behind();
  for (const place of document.querySelectorAll("[data-figure]")) place.textContent = values[place.dataset.figure];
}

function behind() {
  missed += 1;
  show("paused", `paused, ${missed} changes behind`);
}

export function pause(on) {
  paused = on;
  missed = 0;
  document.querySelector("#pause")?.setAttribute("aria-pressed", String(on));
  show(on ? "paused" : "live");
  if (!on) for (const source of sources) { source.rest(); source.last = ""; source.connect(); }
}

// Rows and items that were not there the last time light up once.
const known = new WeakMap();

function flash(part) {
  const before = known.get(part);
  const now = new Set();
  for (const row of part.querySelectorAll("tr[id], .exchanges a[id]")) {
    now.add(row.id);
    row.classList.toggle("new", before !== undefined && !before.has(row.id));
  }
  known.set(part, now);
}

export function keepLive() {
  document.addEventListener("executed", (event) => tellPolicy(event.detail.value));
  htmx.createEventSource = (url) => new ResumingSource(url);
  document.addEventListener("htmx:sseBeforeMessage", (event) => {
    if (!paused) return;
    event.preventDefault();
    behind();
  });
  document.addEventListener("htmx:sseMessage", (event) => flash(event.target));
  document.addEventListener("click", (event) => { if (event.target.closest("#pause")) pause(!paused); });
  document.addEventListener("visibilitychange", () => {
    for (const source of sources) {
      if (document.hidden) source.timer = setTimeout(() => source.rest(), 20000);
      else {
        clearTimeout(source.timer);
        if (source.source.readyState === EventSource.CLOSED) source.connect();
      }
    }
  });
  addEventListener("pagehide", () => { for (const source of sources) source.rest(); });
}
