// The phone ballot: one household per screen; choose, look once more, seal. Works on without network once it is open.
(() => {
  "use strict";
  const place = document.getElementById("voting");
  if (!place) return;
  const at = place.dataset, urn = new PhoneUrn({ account: at.account, name: at.name, session: at.session, key: at.key, api: at.api, me: at.me });
  const polls = [...place.querySelectorAll(".poll")], show = (el, on) => { if (el) el.hidden = !on; };
  const part = (poll, name) => poll.querySelector(`[data-part="${name}"]`);
  const poll_of = (el) => ({ case: el.dataset.case, attempt: Number(el.dataset.attempt), title: el.dataset.title });
  // How long the screen waits for the network's answer before it says that the ballot lies in the phone, in milliseconds.
  const GLANCE = 1500;
  let now = null;
  // Which attempt of each household this page knows of; of those that are voted on again and are not on it, what is to be done.
  const attempts = Object.fromEntries(at.attempts.split(" ").filter(Boolean).map((one) => one.split("=")).map(([id, n]) => [id, Number(n)]));
  const elsewhere = new Map();

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
    const rows = await urn.mine(), kept = new Set(rows.filter((row) => row.state !== "void").map((row) => row.id)), out = stays_out(rows);
    return polls.filter((el) => !el.dataset.paper && !out.has(el.dataset.case) && !kept.has(urn.id(poll_of(el))));
  }
  // What she declared holds for every attempt.
  const stays_out = (rows) => new Set(rows.filter((row) => row.conflict && row.state !== "refused").map((row) => row.case));
  // Of a household that was started again, what was sealed before is told no more.
  const current = (rows) => rows.filter((row) => row.conflict || row.attempt >= (attempts[row.case] || 1));
  async function counted() {
    const ahead = await left(), out = stays_out(await urn.mine());
    const all = Number(at.total) - polls.filter((el) => el.dataset.paper || out.has(el.dataset.case)).length, done = all - ahead.length - missing().length;
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
    if (now) step(now, "choose"); else await list();
    await tell();
  }
  function step(el, name) {
    window.speechSynthesis?.cancel();  // no word of it goes on in the room
    ["choose", "check", "sealed"].forEach((one) => show(part(el, one), one === name));
    show(part(el, "about"), name !== "sealed");
    const head = part(el, name).querySelector("h1, h2") || el.querySelector("h1");
    head.tabIndex = -1;
    head.focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  // --- choosing, looking once more, sealing --------------------------------------------------------------------------

  const chosen = {};
  function check(el, vote, label) {
    chosen.vote = vote;
    part(el, "check").querySelector("[data-chosen]").textContent = label;
    offer(part(el, "check").querySelector("[data-reasons]"), vote.choice);
    unpick(el);
    show(part(el, "check").querySelector("[data-wrong]"), false);
    step(el, "check");
  }
  // The reasons for this choice alone; none where the district does not ask.
  function offer(reasons, choice) {
    if (!reasons) return;
    const labels = [...reasons.querySelectorAll("[data-for]")];
    labels.forEach((label) => show(label, !label.dataset.for || label.dataset.for === choice));
    show(reasons, (at.ask === "optional" || choice === "disagree") && labels.some((label) => !label.hidden));
  }
  const unpick = (el) => el.querySelectorAll("[data-reasons] input").forEach((input) => { input.checked = false; });
  // Whoever takes the phone out of her hand afterwards finds no choice on the page, not even in its hidden parts.
  function wipe(el) {
    chosen.vote = null;
    part(el, "check").querySelector("[data-chosen]").textContent = "";
    unpick(el);
    el.querySelectorAll("select").forEach((pick) => { pick.value = ""; });
  }
  async function seal(el, button) {
    const picked = part(el, "check").querySelector("[data-reasons]:not([hidden]) input:checked");
    if (at.ask === "disagree" && chosen.vote.choice === "disagree" && !picked) { show(part(el, "check").querySelector("[data-wrong]"), true); return; }
    button.disabled = true;
    try {
      await put_away(el, await urn.put(poll_of(el), { ...chosen.vote, reason: picked ? picked.value : "" }));
    } finally { button.disabled = false; }
  }
  async function declare(el, button) {
    button.disabled = true;
    try { await put_away(el, await urn.declare(poll_of(el))); } finally { button.disabled = false; }
  }
  // Sealed or declared: it lies in the phone from here on. The screen waits a glance for the answer, never for the network.
  async function put_away(el, row) {
    wipe(el);
    if (row.state === "waiting") {
      const sending = urn.flush().catch(() => {});
      await Promise.race([sending, new Promise((over) => setTimeout(over, GLANCE))]);
      sending.then(tell);
    }
    const kept = (await urn.get(poll_of(el))) || row;
    el.dataset.before = row.before ? "1" : "";
    told(el, kept);
    step(el, "sealed");
    if (kept.state === "void") await ask();
    await counted();
    await tell();
  }
  const state_of = (row) => (row.conflict ? `declared-${row.state}` : row.state);
  function told(el, row) {
    part(el, "sealed").querySelectorAll("[data-when]").forEach((line) => show(line, line.dataset.when === state_of(row)));
    part(el, "sealed").querySelector("[data-said]").textContent = row.said || "";
    show(part(el, "sealed").querySelector("[data-before]"), el.dataset.before === "1" && !row.conflict && row.state !== "void");
    show(part(el, "sealed").querySelector("[data-act=next]"), row.state !== "void");
  }
  place.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const el = button.closest(".poll"), act = button.dataset.act;
    if (act === "choose") check(el, { choice: button.value }, button.dataset.label);
    else if (act === "score") score(el);
    else if (act === "back") { part(el, "check").querySelector("[data-chosen]").textContent = ""; chosen.vote = null; step(el, "choose"); }
    else if (act === "seal") await seal(el, button);
    else if (act === "declare") await declare(el, button);
    else if (act === "next") await next();
    else if (act === "read") read(el, button);
    else if (act === "send") await send();
    else if (act === "restart") await restart(el);
    else if (act === "again") { await urn.again(button.value); await send(); }
  });
  function score(el) {
    const picks = [...part(el, "choose").querySelectorAll("select")], open = picks.find((pick) => pick.value === "");
    show(part(el, "choose").querySelector("[data-wrong]"), Boolean(open));
    if (open) { open.focus(); return; }
    const label = picks.map((pick) => `${pick.dataset.name} ${pick.value}`).join("\n");
    check(el, { choice: "score", scores: picks.map((pick) => Number(pick.value)) }, label);
  }

  // --- read aloud ----------------------------------------------------------------------------------------------------

  if (!("speechSynthesis" in window)) place.querySelectorAll("[data-act=read]").forEach((button) => show(button, false));
  function read(el, button) {
    if (speechSynthesis.speaking) { speechSynthesis.cancel(); return; }
    const said = [...el.querySelectorAll("[data-say]")].filter((one) => one.offsetParent !== null).map((one) => (one.dataset.say || one.textContent).trim().replace(/\s*\n\s*/g, "，"));
    const spoken = Object.assign(new SpeechSynthesisUtterance(said.join("。").replace(/\s+/g, " ")), { lang: "zh-CN", rate: 0.85 });
    spoken.onstart = () => button.setAttribute("aria-pressed", "true");
    spoken.onend = spoken.onerror = () => button.setAttribute("aria-pressed", "false");
    speechSynthesis.speak(spoken);
  }

  // --- what waits, what was sent, what was not taken -----------------------------------------------------------------

  async function tell() {
    const rows = current(await urn.mine()), count = (state) => rows.filter((row) => row.state === state).length;
    // The household on the screen, sealed a while ago, may have gone meanwhile.
    const shown = now && !part(now, "sealed").hidden && rows.find((row) => row.id === urn.id(poll_of(now)));
    if (shown) told(now, shown);
    for (const state of ["waiting", "refused"]) {
      const line = document.getElementById(`ballots-${state}`);
      show(line, count(state) > 0);
      if (line) line.querySelector("[data-n]").textContent = count(state);
    }
    show(document.getElementById("offline"), !navigator.onLine);
    await tell_whose(count("waiting"));
    await tell_again();
    if (!document.getElementById("all-done").hidden) await list();
  }
  // On a phone that several women use: whose ballots wait for their own sign-in.
  async function tell_whose(mine) {
    const names = [...(urn.another && mine ? [at.name] : []), ...(await urn.others())], line = document.getElementById("another");
    show(line, names.length > 0 && !at.over);
    const said = line.querySelector("[data-text]");
    said.textContent = said.dataset.text.split("{name}").join(names.join("、"));
  }
  async function list() {
    const rows = current(await urn.mine()).sort((a, b) => (a.state > b.state ? 1 : -1)), box = document.getElementById("phone-ballots");
    box.textContent = "";
    box.append(...rows.map((row) => {
      const item = document.getElementById("phone-ballot").content.cloneNode(true).firstElementChild;
      item.querySelector("[data-title]").textContent = row.title;
      item.querySelectorAll("[data-when]").forEach((line) => show(line, line.dataset.when === state_of(row)));
      show(item.querySelector("[data-refused]"), row.state === "refused");
      item.querySelector("[data-said]").textContent = row.said;
      item.querySelector("[data-act=again]").value = row.id;
      return item;
    }));
  }
  // --- a vote that was started again ---------------------------------------------------------------------------------

  const missing = () => [...elsewhere.values()].filter((line) => !line.on_paper);
  // A removal, kinship that came to light, slips instead of phones: what was sealed for such a household is void.
  async function ask() {
    const out = stays_out(await urn.mine());
    for (const line of await urn.restarts()) {
      if (out.has(line.case_id) || line.attempt <= (attempts[line.case_id] || 1)) continue;
      attempts[line.case_id] = line.attempt;
      const el = polls.find((one) => one.dataset.case === line.case_id);
      if (el) renew(el, line); else elsewhere.set(line.case_id, line);
    }
    await counted();
    await tell();
  }
  function renew(el, line) {
    const sealed = el === now && !part(el, "sealed").hidden;
    if (sealed) told(el, { state: line.on_paper ? "paper" : "void" });
    Object.assign(el.dataset, { attempt: line.attempt, again: "1" }, line.on_paper ? { paper: "1" } : {});
    show(el.querySelector("[data-anew]"), !line.on_paper);
    if (line.on_paper && el === now && !sealed) next();
  }
  // Told above whatever is on the screen, but for the household she is choosing for just now.
  async function tell_again() {
    const choosing = now && part(now, "sealed").hidden ? now : null;
    const anew = (await left()).filter((el) => el.dataset.again && el !== choosing).length + missing().length;
    const slips = polls.filter((el) => el.dataset.paper).length + elsewhere.size - missing().length;
    for (const [id, n] of [["started-again", anew], ["on-slips", slips]]) {
      const line = document.getElementById(id);
      show(line, n > 0);
      line.querySelectorAll("[data-text]").forEach((one) => { one.textContent = one.dataset.text.replace("{n}", n); });
    }
  }
  // To the household where this page has it; else the page is fetched anew.
  async function restart(el) {
    const found = (await left()).find((one) => one.dataset.again && (!el || one === el));
    if (found) { await next(found.dataset.case); return; }
    if (el) location.hash = el.dataset.case;
    location.reload();
  }
  // Every phone of every room asks, so seldom, never all at once, and only while somebody looks at it.
  function ask_later() {
    setTimeout(() => { (document.hidden || !navigator.onLine ? Promise.resolve() : ask()).catch(() => {}).then(ask_later); }, 20000 + Math.random() * 10000);
  }

  async function send() { await urn.flush(); await tell(); }
  document.addEventListener("panel:signed-out", () => show(document.getElementById("signed-out"), true));
  addEventListener("online", send);
  addEventListener("offline", tell);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send().then(() => (at.over ? null : ask())); });
  setInterval(() => { if (navigator.onLine) send(); }, 15000);

  place.classList.add("ready");
  next(location.hash.slice(1)).then(send);
  if (!at.over) ask_later();
})();
