// Small conveniences; every page works without them. No inline script anywhere (strict CSP).
(() => {
  "use strict";
  const csrf = () => document.body.dataset.csrf || "";

  // HTMX requests carry the page token.
  document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRF-Token"] = csrf(); });
  document.addEventListener("htmx:responseError", () => toast(document.body.dataset.failed));

  function toast(text) {
    const box = document.getElementById("toast");
    if (box && text) { box.textContent = text; box.hidden = false; setTimeout(() => { box.hidden = true; }, 6000); }
  }

  // Escape closes an open menu and gives the keyboard back to what opened it, or leaves the search box.
  function leave(target) {
    const menu = document.querySelector("details.who[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
    else if (target.matches("[data-search]")) target.blur();
  }

  // Lists: / searches, j and k move, Enter opens, a whole row is a link.
  let at = -1;
  const rows = () => [...document.querySelectorAll("tr[data-href]")];
  function focusRow(step) {
    const all = rows();
    if (!all.length) return;
    all[at]?.classList.remove("focused");
    at = Math.max(0, Math.min(all.length - 1, at + step));
    all[at].classList.add("focused");
    all[at].scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { leave(event.target); return; }
    if (event.target.closest("input, textarea, select, button, summary, a") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") { const box = document.querySelector("[data-search]"); if (box) { event.preventDefault(); box.focus(); } }
    else if (event.key === "j") focusRow(1);
    else if (event.key === "k") focusRow(-1);
    else if (event.key === "Enter" && rows()[at]) location.href = rows()[at].dataset.href;
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a, button, input, label") && !String(getSelection())) location.href = row.dataset.href;
  });

  // Repeating rows: cloned here, or by the server when scripts are off.
  function renumber(box) {
    const name = box.dataset.rows;
    [...box.querySelectorAll(":scope > .rows-in > [data-row]")].forEach((row, n) => {
      const old = `${name}-${row.dataset.row}-`, now = `${name}-${n}-`;
      row.querySelectorAll("[name], [id], [for], [data-rows], [aria-describedby]").forEach((el) => {
        for (const key of ["name", "id", "for", "data-rows", "aria-describedby", "value"]) {
          const value = el.getAttribute(key);
          if (value && (key !== "value" || el.name === "_remove" || el.name === "_add") && value.includes(old)) el.setAttribute(key, value.replaceAll(old, now));
        }
      });
      const title = row.querySelector("[data-row-number]");
      if (title) title.textContent = String(n + 1);
      const remove = row.querySelector(":scope > .row-head > [name='_remove']");
      if (remove) remove.value = `${name}-${n}`;
      row.dataset.row = String(n);
    });
  }
  document.addEventListener("click", (event) => {
    const add = event.target.closest("button[name='_add']");
    if (add) {
      const box = add.closest("[data-rows]"), template = box.querySelector(":scope > template");
      if (!template) return;
      event.preventDefault();
      const n = box.querySelectorAll(":scope > .rows-in > [data-row]").length;
      const holder = document.createElement("div");
      holder.append(template.content.cloneNode(true));
      holder.innerHTML = holder.innerHTML.replaceAll("__n__", String(n));
      const row = holder.firstElementChild;
      box.querySelector(":scope > .rows-in").append(row);
      renumber(box);
      row.querySelector("input, select, textarea")?.focus();
    }
    const remove = event.target.closest("button[name='_remove']");
    if (remove) {
      event.preventDefault();
      const box = remove.closest("[data-rows]");
      remove.closest("[data-row]").remove();
      renumber(box);
    }
    if (event.target.closest("[data-print]")) { event.preventDefault(); print(); }
  });

  // Photographs: drawn anew on the phone, so smaller, the right way up and without place or device; sent at once.
  const LONGEST = 1600;
  async function smaller(file) {
    if (!/^image\/(jpeg|png|webp|heic|heif)$/.test(file.type)) return file;
    try {
      const image = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
      const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(image.width * scale), height: Math.round(image.height * scale) });
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      image.close();
      const drawn = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82));
      return drawn ? new File([drawn], "photo.jpg", { type: "image/jpeg" }) : file;
    } catch { return file; }
  }
  function send(to, file, told) {
    return new Promise((done, failed) => {
      const request = new XMLHttpRequest(), body = new FormData();
      body.append("file", file);
      request.open("POST", to);
      request.setRequestHeader("X-CSRF-Token", csrf());
      request.responseType = "json";
      request.timeout = 120000;
      request.upload.onprogress = (event) => { if (event.lengthComputable) told(event.loaded / event.total); };
      request.onload = () => { if (request.status < 300) done(request.response); else failed(new Error(request.response?.errors?.[0]?.message || request.response?.detail || "")); };
      request.onerror = request.ontimeout = () => failed(new Error(""));
      request.send(body);
    });
  }
  const made = (tag, more) => Object.assign(document.createElement(tag), more);
  function picture(box, file) {
    const item = made("div", { className: "photo" }), image = file.type.startsWith("image/");
    const shown = image ? made("img", { src: URL.createObjectURL(file), alt: file.name }) : made("span", { className: "paper", textContent: file.name });
    const drop = made("button", { type: "button", className: "btn btn-quiet btn-sm", textContent: box.dataset.drop });
    drop.addEventListener("click", () => { item.remove(); if (!box.querySelector("[data-again]")) box.querySelector("[data-status]").textContent = ""; box.dispatchEvent(new Event("input", { bubbles: true })); });
    item.append(shown, drop);
    box.querySelector(".photos").append(item);
    return item;
  }
  // A form sent while a photograph is still on its way waits for it; one that did not arrive can be sent again, or dropped.
  let sending = 0, waiting = null;
  async function upload(box, item, file) {
    const status = box.querySelector("[data-status]"), bar = made("progress", { max: 1, value: 0, ariaLabel: box.dataset.sending });
    sending += 1;
    item.querySelector("[data-again]")?.remove();
    item.prepend(bar);
    status.textContent = box.dataset.sending;
    try {
      const said = await send(box.dataset.to, file, (share) => { bar.value = share; });
      if (item.isConnected) item.append(made("input", { type: "hidden", name: box.dataset.photos, value: said.sha256 }));
      status.textContent = "";
    } catch (problem) {
      waiting = null;
      status.textContent = problem.message || box.dataset.failed;
      const again = made("button", { type: "button", className: "btn btn-primary btn-sm", textContent: box.dataset.again });
      again.dataset.again = "";
      again.addEventListener("click", () => upload(box, item, file));
      item.append(again);
    }
    bar.remove();
    ready();
  }
  function ready() {
    sending -= 1;
    if (sending || !waiting) return;
    const [form, button] = waiting;
    waiting = null;
    form.requestSubmit(button);
  }
  document.addEventListener("change", async (event) => {
    const input = event.target.closest("[data-photos] input[type=file]");
    if (!input) return;
    const box = input.closest("[data-photos]"), files = [...input.files];
    input.value = "";
    for (const file of files) {
      const small = await smaller(file);
      await upload(box, picture(box, small), small);
    }
  });
  // Where files go with their form, photographs are made smaller in their place: six from a phone are too much for one form.
  document.addEventListener("change", async (event) => {
    const input = event.target.closest("input[type=file][data-smaller]");
    if (!input || !window.DataTransfer) return;
    sending += 1;
    const chosen = new DataTransfer();
    for (const file of input.files) chosen.items.add(await smaller(file));
    input.files = chosen.files;
    ready();
  });
  document.addEventListener("click", (event) => {
    const drop = event.target.closest("[data-drop-photo]");
    if (drop) drop.closest(".photo").remove();
  });

  // A file too large for one form goes in pieces; what has arrived stays, and the rest goes on from there.
  async function sent(to, body) {
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await fetch(to, { method: "POST", body, redirect: "manual", headers: { "X-CSRF-Token": csrf() } });
        if (answer.type === "opaqueredirect" || answer.ok) return;
        if (answer.status < 500 && answer.status !== 429) throw new Error("refused");
      } catch (problem) { if (problem.message === "refused" || tries >= 5) throw problem; }
      if (tries >= 5) throw new Error("silent");
      await new Promise((done) => { setTimeout(done, 500 * 2 ** tries); });
    }
  }
  async function opened(form) {
    if (form.dataset.pieces) return form.dataset.pieces;
    const body = new FormData(form);
    body.delete("table");
    body.append("_size", form.elements.table.files[0].size);
    const answer = await fetch(form.dataset.piecesOpen, { method: "POST", body });
    if (answer.redirected) return answer.url;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const told = [...page.querySelectorAll("main h1, main p:not(.legal, .row-wrap), main li")].map((line) => line.textContent.trim());
    throw new Error([...new Set(told)].filter(Boolean).join("\n") || form.dataset.broken);
  }
  // Bytes sent since `since` (milliseconds) tell how long the rest takes; before the first piece nobody knows.
  function tell(form, at, size, begun, since) {
    const words = form.dataset, seconds = at > begun ? ((Date.now() - since) / (at - begun)) * (size - at) / 1000 : 0;
    const left = seconds < 90 ? words.seconds.replace("{n}", Math.max(1, Math.round(seconds))) : words.minutes.replace("{n}", Math.round(seconds / 60));
    const percent = Math.floor((at * 100) / size);
    form.querySelector("[data-progress] progress").value = percent;
    form.querySelector("[data-status]").textContent = words.sending.replace("{percent}", percent) + (at > begun && at < size ? ` · ${left}` : "");
  }
  async function sendAll(form, file, to, paused) {
    const size = Number(form.dataset.piece), first = Number(form.dataset.place), since = Date.now();
    for (let place = first; place * size < file.size && !paused(); place += 1) {
      tell(form, place * size, file.size, first * size, since);
      const body = new FormData();
      body.append("_csrf", csrf());
      body.append("_place", place);
      body.append("piece", file.slice(place * size, (place + 1) * size), "piece");
      await sent(`${to}/pieces`, body);
      form.dataset.place = String(place + 1);
    }
    location.href = to;
  }
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-pieces], form[data-pieces-open]"), file = form?.elements.table?.files[0];
    if (!file || file.size <= Number(form.dataset.above || 0)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const status = form.querySelector("[data-status]"), button = form.querySelector("button.btn-primary"), pause = form.querySelector("[data-pause]");
    const say = (text, wrong) => { status.textContent = text; status.classList.toggle("error-text", wrong); };
    if (form.dataset.size && file.size !== Number(form.dataset.size)) { say(form.dataset.wrong, true); return; }
    say("", false);
    button.disabled = true;
    dirty = false;
    let to = "", halted = false;
    pause.onclick = () => { halted = true; pause.hidden = true; say(form.dataset.pausing, false); };
    try {
      to = await opened(form);
      form.querySelector("[data-progress]").hidden = pause.hidden = false;
      await sendAll(form, file, to, () => halted);
    } catch (problem) {
      if (to && form.dataset.piecesOpen) { location.href = to; return; }
      say(["refused", "silent"].includes(problem.message) || problem instanceof TypeError ? form.dataset.broken : problem.message, true);
      button.disabled = false;
      pause.hidden = true;
    }
  }, true);

  // A form is sent once; what was typed is not lost by leaving unasked.
  let dirty = false;
  document.addEventListener("input", (event) => { if (event.target.closest("form[data-guard]")) dirty = true; });
  document.addEventListener("submit", (event) => {
    if (sending) { event.preventDefault(); waiting = [event.target, event.submitter]; return; }
    const unsent = event.submitter?.formNoValidate ? null : event.target.querySelector(".photo [data-again]");
    if (unsent) {
      event.preventDefault();
      const box = unsent.closest("[data-photos]");
      box.querySelector("[data-status]").textContent = box.dataset.unsent;
      unsent.focus();
      return;
    }
    dirty = false;
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "1";
    setTimeout(() => { delete event.target.dataset.sent; }, 8000);
  });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  addEventListener("pageshow", () => { document.querySelectorAll("form[data-sent]").forEach((f) => { delete f.dataset.sent; }); });

  // On a narrow screen menus and tabs scroll sideways: where one is stays in view, and an edge with more behind it fades.
  function fade(strip) {
    const before = strip.scrollLeft > 4, after = strip.scrollLeft + strip.clientWidth < strip.scrollWidth - 4;
    const more = [before && "start", after && "end"].filter(Boolean).join(" ");
    if (more) strip.dataset.more = more; else delete strip.dataset.more;
  }
  const fading = new ResizeObserver((changes) => changes.forEach((change) => fade(change.target)));
  function strips() {
    document.querySelectorAll(".nav-main, .tabs").forEach((strip) => {
      if (strip.dataset.strip) return;
      strip.dataset.strip = "1";
      const here = strip.querySelector("[aria-current]");
      if (here) strip.scrollLeft += here.getBoundingClientRect().left - strip.getBoundingClientRect().left - (strip.clientWidth - here.offsetWidth) / 2;
      strip.addEventListener("scroll", () => fade(strip), { passive: true });
      fading.observe(strip);
    });
  }
  strips();
  document.addEventListener("htmx:afterSwap", strips);

  // Errors first: the summary takes the focus, its links go to the fields.
  document.querySelector(".error-summary")?.focus();

  // Charts: numbers stand in the page's tables; the picture is drawn from them.
  function chart(box) {
    const data = JSON.parse(document.getElementById(box.dataset.chart).textContent);
    const style = getComputedStyle(document.documentElement);
    const picture = echarts.init(box, null, { renderer: "svg" });
    const text = { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 13, color: "#4a5562" };
    picture.setOption({
      animation: false, textStyle: text, color: [style.getPropertyValue("--accent").trim(), "#c77700", "#7a8a99"],
      grid: { left: 8, right: 16, top: data.series.length > 1 ? 36 : 16, bottom: 8, containLabel: true },
      legend: data.series.length > 1 ? { top: 0, left: 0, icon: "roundRect", itemWidth: 14, textStyle: text } : undefined,
      xAxis: { type: "category", data: data.labels, axisTick: { show: false }, axisLabel: text },
      yAxis: { type: "value", minInterval: 1, axisLabel: text, splitLine: { lineStyle: { color: "#e8ecef" } } },
      series: data.series.map((s) => ({ ...s, barMaxWidth: 36, symbolSize: 6, label: { show: s.type === "bar", position: "top", color: "#333f4a" } })),
      aria: { enabled: true, label: { description: box.getAttribute("aria-label") } },
    });
    addEventListener("resize", () => picture.resize());
  }
  if (window.echarts) document.querySelectorAll("[data-chart]").forEach(chart);

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.who[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
})();
