// Before the first paint: the theme chosen last time. Without a choice the system's own holds.
const chosen = localStorage.getItem("theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
