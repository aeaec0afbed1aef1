// What is typed into a long form stays on this device until it has been sent: no network, a dead battery, a session that ended.
// Kept per page for a day, taken away as soon as the next page has come, and when somebody signs out. No inline script.
(() => {
  "use strict";
  const form = document.querySelector("form[data-keep]");
  const DAY = 24 * 3600 * 1000, PREFIX = "zhunbao-typed ";
  const where = (page) => `${PREFIX}${location.pathname} ${page}`;
  const store = {
    get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden: the server keeps pages */ } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* nothing there */ } },
    keys() { try { return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)); } catch { return []; } },
  };
  for (const key of store.keys()) { const kept = store.get(key); if (!kept || Date.now() - kept.at > DAY) store.drop(key); }
  document.addEventListener("submit", (event) => { if (event.target.action?.endsWith("/sign-out")) store.keys().forEach(store.drop); });
  if (!form) return;

  const page = form.elements._page?.value ?? "";
  const here = where(page), sent = sessionStorage.getItem("zhunbao-sent");
  sessionStorage.removeItem("zhunbao-sent");
  if (sent && sent !== here) store.drop(sent);   // the page after it has come: it arrived
  if (sent === here && document.querySelector(".error-summary")) store.drop(here);   // back with its mistakes and all that was typed

  const note = document.createElement("p");
  note.className = "note note-warn"; note.setAttribute("role", "status"); note.hidden = true;
  form.before(note);
  const say = (text) => { note.textContent = text; note.hidden = !text; };

  // Only what is asked on this page: what was answered before comes from the server.
  const own = () => [...form.elements].filter((el) => el.name && !el.name.startsWith("_") && el.type !== "hidden" && el.type !== "file" && el.type !== "password");
  const values = () => own().map((el) => [el.name, ["checkbox", "radio"].includes(el.type) ? (el.checked ? el.value : null) : el.value]);
  let timer = 0;
  const keep = () => store.set(here, { at: Date.now(), values: values() });
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, 250); });
  addEventListener("pagehide", () => { if (timer) keep(); });

  function putBack(kept) {
    const rows = Math.max(-1, ...kept.values.map(([name]) => Number(/-(\d+)-/.exec(name)?.[1] ?? -1)));
    const box = form.querySelector("[data-rows]"), add = box?.querySelector(":scope > [name='_add']");
    for (let n = 0; add && n < 30 && box.querySelectorAll(":scope > .rows-in > [data-row]").length <= rows; n += 1) add.click();
    const left = [...own()];
    for (const [name, value] of kept.values) {
      const at = left.findIndex((el) => el.name === name);
      if (at < 0) continue;
      const [el] = left.splice(at, 1);
      if (["checkbox", "radio"].includes(el.type)) el.checked = value !== null && el.value === value; else el.value = value ?? "";
    }
  }
  const kept = store.get(here);
  addEventListener("load", () => {
    if (!kept || JSON.stringify(kept.values) === JSON.stringify(values()) || document.querySelector(".error-summary")) return;
    putBack(kept);
    say(form.dataset.back);
  });

  // Without a network the form stays where it is, filled in; "online" may be wrong, so the server is asked.
  let sure = false;
  form.addEventListener("submit", async (event) => {
    if (event.defaultPrevented) return;
    keep();
    clearTimeout(timer); timer = 0;
    if (sure) { sessionStorage.setItem("zhunbao-sent", here); return; }
    event.preventDefault(); event.stopPropagation();
    const button = event.submitter;
    const stop = new AbortController();
    const wait = setTimeout(() => stop.abort(), 8000);
    try {
      await fetch("/healthz", { cache: "no-store", signal: stop.signal });
      sure = true;
      form.requestSubmit(button);
    } catch { say(form.dataset.noNetwork); note.scrollIntoView({ block: "center" }); }
    finally { clearTimeout(wait); }
  });
  addEventListener("online", () => { if (!note.hidden) say(form.dataset.online); });
  addEventListener("pageshow", () => { sure = false; });
})();
