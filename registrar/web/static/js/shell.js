// The shell: a line to type at the bottom of every page, its history and completion; printouts above it.

const KEPT = 200;
const MOST = 12;

export function openShell() {
  const dock = document.querySelector(".dock");
  const input = document.querySelector("#command");
  if (!dock || !input) return;
  const history = JSON.parse(sessionStorage.getItem("shell") ?? "[]");
  let at = history.length;

  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.pathInfo?.requestPath !== "/run" || !event.detail.successful) return;
    dock.classList.add("open");
    const last = dock.querySelector(".last");
    while (last.children.length > KEPT) last.firstElementChild.remove();
    last.scrollTop = last.scrollHeight;
    const line = last.lastElementChild?.querySelector("[data-ran]")?.dataset.ran;
    if (line && !line.includes("****") && history.at(-1) !== line) {
      history.push(line);
      sessionStorage.setItem("shell", JSON.stringify(history.slice(-KEPT)));
    }
    at = history.length;
    if (event.target.contains(input)) input.value = "";
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#close-dock")) dock.classList.remove("open");
  });
  input.addEventListener("keydown", (event) => {
    if (complete.handles(event)) return;
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    at = Math.min(Math.max(at + (event.key === "ArrowUp" ? -1 : 1), 0), history.length);
    input.value = history[at] ?? "";
  });
  const complete = new Completion(input);
}

class Completion {
  constructor(input) {
    this.input = input;
    this.list = document.querySelector("#completions");
    this.chosen = -1;
    this.items = [];
    input.addEventListener("input", () => this.ask());
    input.form.addEventListener("submit", () => { this.close(); this.asked = ""; });
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("mousedown", (event) => {
      const item = event.target.closest("li");
      if (item) { event.preventDefault(); this.take(Number(item.dataset.at)); }
    });
  }

  async ask() {
    const line = this.input.value.slice(0, this.input.selectionStart);
    if (!line.trim()) return this.close();
    this.asked = line;
    const answer = await fetch(`/api/v1/commands/completion?${new URLSearchParams({ line })}`);
    const found = answer.ok ? await answer.json() : null;
    if (!found || this.asked !== line) return;
    this.items = found.candidates.slice(0, MOST);
    this.from = found.start;
    this.chosen = -1;
    this.draw();
  }

  draw() {
    this.list.replaceChildren(...this.items.map((item, at) => {
      const line = document.createElement("li");
      line.dataset.at = at;
      line.id = `completion-${at}`;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(at === this.chosen));
      const code = document.createElement("code");
      code.textContent = item.text;
      const words = document.createElement("span");
      words.textContent = item.meaning;
      line.append(code, words);
      return line;
    }));
    this.list.hidden = !this.items.length;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    if (this.chosen >= 0) this.input.setAttribute("aria-activedescendant", `completion-${this.chosen}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  handles(event) {
    if (this.list.hidden) return false;
    if (event.key === "Escape") { this.close(); event.stopPropagation(); event.preventDefault(); return true; }
    if (event.key === "Tab" && !event.shiftKey) { event.preventDefault(); this.take(Math.max(this.chosen, 0)); return true; }
    if (event.key === "Enter" && this.chosen >= 0) { event.preventDefault(); this.take(this.chosen); return true; }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return false;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    this.chosen = (this.chosen + step + this.items.length) % this.items.length;
    this.draw();
    this.list.children[this.chosen].scrollIntoView({ block: "nearest" });
    return true;
  }

  take(at) {
    const { value, selectionStart: caret } = this.input;
    const from = this.from;
    const typed = value.slice(from, caret).toLowerCase();
    // the list may be of what was typed a moment ago
    const item = [this.items[at], ...this.items].find((each) => each.text.toLowerCase().startsWith(typed));
    if (!item) return;
    this.input.value = `${value.slice(0, from)}${item.text} ${value.slice(caret).trimStart()}`;
    this.close();
    this.input.focus();
    this.ask();
  }

  close() {
    this.items = [];
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
