// The published record: recounted here once more, and the voter's own line, shown only when she asks.
(() => {
  "use strict";
  const place = document.getElementById("record");
  if (!place) return;
  const at = place.dataset, urn = new PhoneUrn({ account: at.account, session: at.session }), box = document.getElementById("mine");
  let own = null;

  async function sameHash(body) {
    if (!crypto.subtle) return true;
    const hash = [...new Uint8Array(await crypto.subtle.digest("SHA-256", body))].map((b) => b.toString(16).padStart(2, "0")).join("");
    return hash === at.digest;
  }
  function sameTally(record) {
    try {
      return Object.entries(panelRecount(record)).every(([name, value]) => record.tally[name] === value);
    } catch { return false; }
  }
  async function recount() {
    const said = document.getElementById("recount");
    try {
      const answer = await fetch(at.json);
      if (!answer.ok) return;
      const body = await answer.arrayBuffer(), record = JSON.parse(new TextDecoder().decode(body));
      const good = (await sameHash(body)) && sameTally(record);
      said.textContent = good ? said.dataset.good : said.dataset.bad;
      said.className = good ? "note note-good" : "note note-danger";
    } catch { /* without network the table is still there */ }
  }
  const row = (tracker) => place.querySelector(`[data-row="${tracker}"]`);
  function reveal() {
    place.querySelectorAll("tr.is-mine").forEach((one) => one.classList.remove("is-mine"));
    const line = row(own.tracker);
    box.querySelector("[data-found]").hidden = false;
    box.querySelector("[data-tracker]").textContent = own.tracker.replace(/(\d{4})(?=\d)/g, "$1 ");
    box.querySelector("[data-good]").hidden = !line;
    box.querySelector("[data-bad]").hidden = Boolean(line);
    if (line) { line.classList.add("is-mine"); box.querySelector("[data-choice]").textContent = line.querySelector("[data-choice]").textContent; }
  }
  place.addEventListener("click", async (event) => {
    if (event.target.closest("[data-act=show]")) { reveal(); return; }
    const other = event.target.closest("tr[data-row]");
    if (other && own && box.querySelector("details")?.open) {
      own.tracker = other.dataset.row;
      await urn.point(own.id, own.tracker);
      box.querySelector("details").open = false;
      reveal();
    }
  });
  recount();
  // A ballot of a void attempt stands in no list: that is no alarm.
  if (box) urn.of(at.case, Number(at.attempt)).then((found) => {
    own = found.own;
    box.hidden = !own;
    document.getElementById("mine-before").hidden = Boolean(own) || !found.earlier;
  });
})();
