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
    // The page stays when a file is loaded down.
    if (event.submitter && "download" in event.submitter.dataset) return;
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
// Say what the action would do while it is typed. What comes late, or from a page of errors, is not shown.
for (const form of document.querySelectorAll("form[data-preview]")) {
  const line = form.querySelector(".live");
  let timer, asked;
  const ask = async () => {
    asked?.abort();
    const own = asked = new AbortController(), body = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body, signal: own.signal });
      if (answer.ok && !own.signal.aborted) line.textContent = (await answer.json()).text;
    } catch { /* The page works without it. */ }
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 400); });
  // What was typed before the script was there, or came back with the page.
  if (!line.textContent && [...form.querySelectorAll("[name^='f-']")].some((input) => input.value)) ask();
}
// A list is written in lines, everything else in one.
for (const row of document.querySelectorAll(".condition")) {
  const choice = row.querySelector("select[name$='-op']"), value = () => row.querySelector("[name$='-value']");
  const shape = () => {
    const old = value(), many = choice.value === "in", none = ["empty", "filled"].includes(choice.value);
    row.querySelector(".value").hidden = none;
    if (old.tagName === "SELECT" || many === (old.tagName === "TEXTAREA")) return;
    const fresh = document.createElement(many ? "textarea" : "input");
    for (const { name, value: text } of old.attributes) if (!["type", "value", "rows"].includes(name)) fresh.setAttribute(name, text);
    if (many) fresh.rows = 3; else fresh.type = "text";
    fresh.value = many ? old.value : old.value.split(/\s*\n\s*/).filter(Boolean).join(", ");
    old.replaceWith(fresh);
  };
  choice.addEventListener("change", shape);
  shape();
}
