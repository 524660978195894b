// The console's own part in the browser, in modules of one idea each.
import { keepLive } from "./live.js";
import { tellTimes } from "./times.js";
import { openShell } from "./shell.js";
import { buildCommands } from "./commands.js";
import { useKeys } from "./keys.js";

keepLive();
tellTimes();
openShell();
buildCommands();
useKeys();

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    copy.classList.add("copied");
    const words = copy.querySelector(".words");
    copy.dataset.words ??= words.textContent;
    words.textContent = "Copied";
    setTimeout(() => {
      copy.classList.remove("copied");
      words.textContent = copy.dataset.words;
    }, 1500);
  }
  if (event.target.closest("#theme")) {
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark" ||
      (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    const theme = dark ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("theme", theme);
  }
  const menu = event.target.closest("#menu");
  const open = menu ? !document.body.classList.contains("menu-open") : false;
  if (menu || !event.target.closest(".side")) {
    document.body.classList.toggle("menu-open", open);
    document.querySelector("#menu")?.setAttribute("aria-expanded", String(open));
    if (open) document.querySelector(".side a.to").focus();
  }
});

// What a button could not do is said where it was pressed, in the page's own words.
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 401) return location.assign("/login");
  const trouble = document.querySelector("#trouble");
  trouble.querySelector("span").textContent = xhr.getResponseHeader("content-type")?.startsWith("text/plain")
    ? xhr.responseText : `The registrar answers ${xhr.status}.`;
  trouble.hidden = false;
});
document.addEventListener("htmx:sendError", () => {
  const trouble = document.querySelector("#trouble");
  trouble.querySelector("span").textContent = "The registrar does not answer.";
  trouble.hidden = false;
});
document.addEventListener("htmx:beforeRequest", () => { document.querySelector("#trouble").hidden = true; });
