// The editor of automations, and how a run goes; both pages work without it.
"use strict";
for (const form of document.querySelectorAll("form[data-look]")) {
  const text = form.elements.text, marks = form.querySelector(".marks");
  const summary = form.querySelector("#summary"), found = form.querySelector("#found");
  let timer, asked, looked = text.value;
  const spots = () => [...found.querySelectorAll("[data-start]")].map((link) => ({
    start: Number(link.dataset.start), end: Number(link.dataset.end), kind: link.dataset.kind,
  })).sort((one, other) => one.start - other.start);
  // The same text behind the one that is typed, with the words marked. It holds text only, so nothing in it is markup.
  const draw = (shown) => {
    const parts = [];
    let at = 0;
    for (const { start, end, kind } of shown) {
      if (start < at) continue;
      const mark = document.createElement("mark");
      mark.className = start === end ? `${kind} gap` : kind;
      mark.textContent = text.value.slice(start, end);
      mark.dataset.start = start;
      parts.push(text.value.slice(at, start), mark);
      at = end;
    }
    marks.replaceChildren(...parts, `${text.value.slice(at)}\n`);
    marks.scrollTop = text.scrollTop;
  };
  const look = async () => {
    asked?.abort();
    const own = asked = new AbortController(), sent = text.value, body = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(form.dataset.look, { method: "POST", body, signal: own.signal });
      if (own.signal.aborted) return;
      if (!answer.ok) {
        // Such as: too much to send at once.
        summary.textContent = answer.headers.get("content-type").startsWith("text/plain") ? await answer.text() : "";
        found.replaceChildren();
        return draw([]);
      }
      const told = await answer.json();
      looked = sent;
      if (summary.textContent !== told.summary) summary.textContent = told.summary;
      found.innerHTML = told.found;  // made by the same template as the page, with every text escaped
      text.toggleAttribute("aria-invalid", told.wrong);
      if (told.wrong) text.setAttribute("aria-invalid", "true");
      draw(spots());
    } catch { /* The page works without it. */ }
  };
  const changed = () => {
    // What stands before the change is still where it was.
    let same = 0;
    while (same < looked.length && looked[same] === text.value[same]) same++;
    draw(spots().filter(({ end }) => end < same));
    clearTimeout(timer);
    timer = setTimeout(look, 400);
  };
  text.addEventListener("input", changed);
  text.addEventListener("scroll", () => { marks.scrollTop = text.scrollTop; });
  found.addEventListener("click", (event) => {
    const link = event.target.closest("[data-start]");
    if (!link) return;
    event.preventDefault();
    text.focus();
    text.setSelectionRange(Number(link.dataset.start), Number(link.dataset.end));
    const mark = marks.querySelector(`mark[data-start="${link.dataset.start}"]`);
    if (mark) text.scrollTop = Math.max(0, mark.offsetTop - text.clientHeight / 2);
  });
  for (const button of form.querySelectorAll("[data-example]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const before = text.value.trimEnd();
      text.focus();
      text.setSelectionRange(before.length, text.value.length);
      // Typed, as it were, so that it can be taken back with Ctrl+Z.
      if (!document.execCommand("insertText", false, (before && "\n") + button.dataset.example)) {
        text.value = (before && `${before}\n`) + button.dataset.example;
        changed();
      }
    });
  }
  draw(spots());
  // What was typed before the script was there, or came back with the page; else the first question, to be quick later.
  if (!summary.textContent) look();
}
// A run that is under way: show what it tells, and the whole page once it has ended.
for (const list of document.querySelectorAll("[data-progress]")) {
  const look = async () => {
    try {
      const answer = await fetch(list.dataset.progress);
      const told = answer.ok ? await answer.json() : {};
      if (!told.running) return location.reload();
      const known = [...list.children].map((item) => item.textContent);
      if (told.lines.join("\n") !== known.join("\n")) {
        list.replaceChildren(...told.lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
      }
    } catch { /* The link on the page looks, too. */ }
    setTimeout(look, 1000);
  };
  setTimeout(look, 500);
}
