// The token may come behind a # in the address, where no server and no log sees it: fill it in and send it.
const field = document.querySelector("#token");
const given = () => {
  if (location.hash.length <= 1) return;
  field.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname + location.search);
  field.form.requestSubmit();
};
if (!document.querySelector("[role=alert]")) given();
addEventListener("hashchange", given); // it is put behind the address of a page that is open
