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

  // Photographs: made smaller on the phone, sent at once, shown; the form carries only their hashes.
  async function smaller(file) {
    if (!file.type.startsWith("image/") || file.size < 1_500_000) return file;
    try {
      const image = await createImageBitmap(file), scale = Math.min(1, 2000 / Math.max(image.width, image.height));
      const canvas = new OffscreenCanvas(Math.round(image.width * scale), Math.round(image.height * scale));
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      return new File([await canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 })], "photo.jpg", { type: "image/jpeg" });
    } catch { return file; }
  }
  function picture(box, file, hash) {
    const item = document.createElement("div");
    item.className = "photo";
    const shown = file.type.startsWith("image/") ? document.createElement("img") : document.createElement("span");
    if (shown.tagName === "IMG") { shown.src = URL.createObjectURL(file); shown.alt = file.name; }
    else { shown.className = "paper"; shown.textContent = file.name; }
    const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: box.dataset.photos, value: hash });
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-quiet btn-sm", textContent: box.dataset.drop });
    drop.addEventListener("click", () => item.remove());
    item.append(shown, hidden, drop);
    box.querySelector(".photos").append(item);
  }
  // A form sent while a photograph is still on its way waits for it; one that did not arrive keeps the form back.
  let sending = 0, waiting = null;
  document.addEventListener("change", async (event) => {
    const input = event.target.closest("[data-photos] input[type=file]");
    if (!input) return;
    sending += 1;
    const box = input.closest("[data-photos]"), status = box.querySelector("[data-status]");
    const files = [...input.files];
    input.value = "";
    for (const [n, file] of files.entries()) {
      status.textContent = `${box.dataset.sending} ${n + 1}/${files.length}`;
      const body = new FormData();
      body.append("file", await smaller(file));
      try {
        const answer = await fetch(box.dataset.to, { method: "POST", body, headers: { "X-CSRF-Token": csrf() } });
        const said = await answer.json();
        if (!answer.ok) throw new Error(said.errors?.[0]?.message || said.detail);
        picture(box, file, said.sha256);
        status.textContent = "";
      } catch (problem) { status.textContent = problem.message || box.dataset.failed; waiting = null; }
    }
    sending -= 1;
    if (sending || !waiting) return;
    const [form, button] = waiting;
    waiting = null;
    form.requestSubmit(button);
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
    const told = new DOMParser().parseFromString(await answer.text(), "text/html");
    throw new Error(told.querySelector("main")?.innerText.trim() || form.dataset.broken);
  }
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-pieces], form[data-pieces-open]"), file = form?.elements.table?.files[0];
    if (!file || file.size <= Number(form.dataset.above || 0)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const status = form.querySelector("[data-status]"), size = Number(form.dataset.piece), button = form.querySelector("button.btn-primary");
    if (form.dataset.size && file.size !== Number(form.dataset.size)) { status.textContent = form.dataset.wrong; return; }
    button.disabled = true;
    dirty = false;
    let to = "";
    try {
      to = await opened(form);
      for (let place = Number(form.dataset.place); place * size < file.size; place += 1) {
        const body = new FormData();
        body.append("_csrf", csrf());
        body.append("_place", place);
        body.append("piece", file.slice(place * size, (place + 1) * size), "piece");
        status.textContent = `${Math.floor((place * size * 100) / file.size)}%`;
        await sent(`${to}/pieces`, body);
        form.dataset.place = String(place + 1);
      }
      location.href = to;
    } catch (problem) {
      if (to && form.dataset.piecesOpen) { location.href = to; return; }
      status.textContent = ["refused", "silent"].includes(problem.message) || problem instanceof TypeError ? form.dataset.broken : problem.message;
      button.disabled = false;
    }
  }, true);

  // A form is sent once; what was typed is not lost by leaving unasked.
  let dirty = false;
  document.addEventListener("input", (event) => { if (event.target.closest("form[data-guard]")) dirty = true; });
  document.addEventListener("submit", (event) => {
    if (sending) { event.preventDefault(); waiting = [event.target, event.submitter]; return; }
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
