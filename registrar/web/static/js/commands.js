// Forms that are commands: what stands in the fields is put into the line that will be run, and the line is shown.
// A field names its place with data-switch ("--csp", or "" for a word by itself); one with data-secret is shown as ****.

function quoted(value) {
  if (value !== "" && !/[\s'"]/.test(value)) return value;
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}

export function compose(form, secret = true) {
  const words = [form.dataset.compose];
  for (const field of form.querySelectorAll("[data-switch]")) {
    const value = field.value.trim();
    if (value === "" || field.disabled) continue;
    const shown = !secret && field.dataset.secret !== undefined ? "****" : quoted(value);
    words.push(field.dataset.switch ? `${field.dataset.switch} ${shown}` : shown);
  }
  return words.join(" ");
}

function show(form) {
  const line = form.querySelector("[data-line]");
  if (line) line.textContent = compose(form, false);
}

export function buildCommands() {
  for (const form of document.querySelectorAll("form[data-compose]")) show(form);
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-compose]");
    if (form) show(form);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    for (const form of event.target.querySelectorAll?.("form[data-compose]") ?? []) show(form);
  });
  document.addEventListener("htmx:configRequest", (event) => {
    const form = event.target.closest("form[data-compose]");
    if (form && form.getAttribute("hx-post") === "/run") {
      event.detail.parameters = new FormData();
      event.detail.parameters.set("command", compose(form));
    }
  });
  document.addEventListener("htmx:confirm", (event) => {
    const sure = event.target.closest("form[data-type-to-confirm]");
    if (!sure || event.detail.question) return;
    const field = sure.querySelector("[data-confirm]");
    if (field && field.value !== sure.dataset.typeToConfirm) {
      event.preventDefault();
      field.setCustomValidity(`Type ${sure.dataset.typeToConfirm} to go on.`);
      field.reportValidity();
      field.addEventListener("input", () => field.setCustomValidity(""), { once: true });
    }
  });
}
