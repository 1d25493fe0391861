// What is nicer with a script; every page works without it.
"use strict";
for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal), label = button.firstChild, show = label.data;
  const set = (seen) => {
    input.type = seen ? "text" : "password";
    label.data = seen ? button.dataset.hide : show;
    button.setAttribute("aria-pressed", seen);
  };
  button.hidden = false;
  button.addEventListener("click", () => set(input.type === "password"));
  input.form.addEventListener("submit", () => set(false));
}
const guards = [];
for (const form of document.querySelectorAll("form[method=post]")) {
  const status = (form.closest("li") || form).querySelector("[role=status]");
  let busy = false;
  guards.push(() => {
    busy = false;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
    if (status) status.textContent = "";
  });
  form.addEventListener("submit", (event) => {
    if (busy) return event.preventDefault();
    busy = true;
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
    if (status && form.dataset.busy) status.textContent = form.dataset.busy;
  });
}
// A page that comes back from the browser's memory must hold no secret and must not be stuck.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const input of document.querySelectorAll("[autocomplete=new-password]")) input.value = "";
  for (const lift of guards) lift();
});
for (const form of document.querySelectorAll("form[data-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone, button = form.querySelector("button");
  if (!zone || zone === form.dataset.zone) continue;
  form.elements.zone.value = zone;
  button.textContent = button.dataset.label.replace("{zone}", zone);
  form.hidden = false;
}
