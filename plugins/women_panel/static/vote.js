// The phone ballot: one household per screen; choose, look once more, seal. Works on without network once it is open.
(() => {
  "use strict";
  const place = document.getElementById("voting");
  if (!place) return;
  const at = place.dataset, urn = new PhoneUrn({ account: at.account, session: at.session, key: at.key, api: at.api });
  const polls = [...place.querySelectorAll(".poll")], show = (el, on) => { if (el) el.hidden = !on; };
  const part = (poll, name) => poll.querySelector(`[data-part="${name}"]`);
  const poll_of = (el) => ({ case: el.dataset.case, attempt: Number(el.dataset.attempt), title: el.dataset.title });
  let now = null;

  if ("serviceWorker" in navigator) navigator.serviceWorker.register(at.worker).catch(() => {});
  // The first time, page and scripts came before the worker did: it is told what to keep.
  keepOpen();
  function keepOpen() {
    if (at.over || !("serviceWorker" in navigator)) return;
    const loaded = [...document.querySelectorAll("script[src], link[rel=stylesheet], link[rel=icon], .poll img")].map((el) => el.src || el.href);
    const icons = [...document.querySelectorAll("svg use")].map((el) => new URL(el.getAttribute("href"), location.href).href.split("#")[0]);
    navigator.serviceWorker.ready.then((worker) => worker.active?.postMessage({ keep: [...new Set([location.href.split("#")[0], ...loaded, ...icons])] })).catch(() => {});
  }
  if (at.over) navigator.serviceWorker?.ready.then((worker) => worker.active?.postMessage("forget")).catch(() => {});

  // --- which household is up -----------------------------------------------------------------------------------------

  async function left() {
    const kept = new Set((await urn.mine()).map((row) => row.id));
    return polls.filter((el) => !kept.has(urn.id(poll_of(el))));
  }
  async function counted() {
    const ahead = await left(), all = Number(at.total), done = all - ahead.length;
    const bar = document.getElementById("vote-bar");
    if (bar) { bar.max = all || 1; bar.value = done; }
    const told = document.getElementById("vote-count");
    if (told) told.textContent = told.dataset.text.replace("{n}", done).replace("{m}", all);
    return ahead;
  }
  async function next(wanted) {
    const ahead = await counted();
    now = ahead.find((el) => el.dataset.case === wanted) || ahead[0] || null;
    polls.forEach((el) => show(el, el === now));
    show(document.getElementById("all-done"), !now);
    window.speechSynthesis?.cancel();
    if (now) step(now, "choose"); else await list();
    await tell();
  }
  function step(el, name) {
    ["choose", "check", "sealed"].forEach((one) => show(part(el, one), one === name));
    show(part(el, "about"), name !== "sealed");
    const head = part(el, name).querySelector("h2") || el.querySelector("h1");
    head.tabIndex = -1;
    head.focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  // --- choosing, looking once more, sealing --------------------------------------------------------------------------

  const chosen = {};
  function check(el, vote, label) {
    chosen.vote = vote;
    part(el, "check").querySelector("[data-chosen]").textContent = label;
    const reasons = part(el, "check").querySelector("[data-reasons]");
    const asked = at.ask === "optional" || (at.ask === "disagree" && vote.choice === "disagree");
    show(reasons, asked);
    reasons?.querySelectorAll("input").forEach((input) => { input.checked = false; });
    show(part(el, "check").querySelector("[data-wrong]"), false);
    step(el, "check");
  }
  async function seal(el, button) {
    const picked = part(el, "check").querySelector("[data-reasons]:not([hidden]) input:checked");
    if (at.ask === "disagree" && chosen.vote.choice === "disagree" && !picked) { show(part(el, "check").querySelector("[data-wrong]"), true); return; }
    button.disabled = true;
    try {
      const row = await urn.put(poll_of(el), { ...chosen.vote, reason: picked ? picked.value : "" });
      chosen.vote = null;
      const state = row?.state || "waiting";
      part(el, "sealed").querySelectorAll("[data-when]").forEach((line) => show(line, line.dataset.when === state));
      const said = part(el, "sealed").querySelector("[data-said]");
      said.textContent = row?.said || "";
      step(el, "sealed");
      await counted();
    } finally { button.disabled = false; }
    await tell();
  }
  place.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const el = button.closest(".poll"), act = button.dataset.act;
    if (act === "choose") check(el, { choice: button.value }, button.dataset.label);
    else if (act === "score") score(el);
    else if (act === "back") { chosen.vote = null; step(el, "choose"); }
    else if (act === "seal") await seal(el, button);
    else if (act === "next") await next();
    else if (act === "read") read(el, button);
    else if (act === "send") await send();
    else if (act === "again") { await urn.again(button.value); await send(); }
  });
  function score(el) {
    const picks = [...part(el, "choose").querySelectorAll("select")], open = picks.find((pick) => pick.value === "");
    show(part(el, "choose").querySelector("[data-wrong]"), Boolean(open));
    if (open) { open.focus(); return; }
    const label = picks.map((pick) => `${pick.dataset.name} ${pick.value}`).join("，");
    check(el, { choice: "score", scores: picks.map((pick) => Number(pick.value)) }, label);
  }

  // --- read aloud ----------------------------------------------------------------------------------------------------

  if (!("speechSynthesis" in window)) place.querySelectorAll("[data-act=read]").forEach((button) => show(button, false));
  function read(el, button) {
    if (speechSynthesis.speaking) { speechSynthesis.cancel(); return; }
    const said = [...el.querySelectorAll("[data-say]")].filter((one) => one.offsetParent !== null).map((one) => one.dataset.say || one.textContent);
    const spoken = Object.assign(new SpeechSynthesisUtterance(said.join("。").replace(/\s+/g, " ")), { lang: "zh-CN", rate: 0.85 });
    spoken.onstart = () => button.setAttribute("aria-pressed", "true");
    spoken.onend = spoken.onerror = () => button.setAttribute("aria-pressed", "false");
    speechSynthesis.speak(spoken);
  }

  // --- what waits, what was sent, what was not taken -----------------------------------------------------------------

  async function tell() {
    const rows = await urn.mine(), count = (state) => rows.filter((row) => row.state === state).length;
    for (const state of ["waiting", "refused"]) {
      const line = document.getElementById(`ballots-${state}`);
      show(line, count(state) > 0);
      if (line) line.querySelector("[data-n]").textContent = count(state);
    }
    show(document.getElementById("offline"), !navigator.onLine);
    if (!document.getElementById("all-done").hidden) await list();
  }
  async function list() {
    const rows = (await urn.mine()).sort((a, b) => (a.state > b.state ? 1 : -1)), box = document.getElementById("phone-ballots");
    box.replaceChildren(...rows.map((row) => {
      const item = document.getElementById("phone-ballot").content.cloneNode(true).firstElementChild;
      item.querySelector("[data-title]").textContent = row.title;
      item.querySelectorAll("[data-when]").forEach((line) => show(line, line.dataset.when === row.state));
      item.querySelector("[data-said]").textContent = row.said;
      item.querySelector("[data-act=again]").value = row.id;
      return item;
    }));
  }
  async function send() { await urn.flush(); await tell(); }
  document.addEventListener("panel:signed-out", () => show(document.getElementById("signed-out"), true));
  addEventListener("online", send);
  addEventListener("offline", tell);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  setInterval(() => { if (navigator.onLine) send(); }, 15000);

  place.classList.add("ready");
  next(location.hash.slice(1)).then(send);
})();
