// The token may come behind a # in the address, where no server and no log sees it: fill it in and send it.
const field = document.querySelector("#token");
if (location.hash.length > 1 && !document.querySelector("[role=alert]")) {
  field.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname + location.search);
  field.form.requestSubmit();
}
