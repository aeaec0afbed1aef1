// The phone's own urn: sealed ballots that wait for the network, and the trackers of those that were taken.
// A sealed ballot can't be opened on the phone any more. Nothing here says when anything was done.
(() => {
  "use strict";
  const db = new Dexie("zhunbao-panel");
  db.version(1).stores({ ballots: "id, [account+session]" });
  const PADDED = 320;
  // A ballot that was taken leaves only its tracker here: whoever has its key could ask the server about it.
  const TAKEN = { sealed: "", key: "" };

  const bytes = (text) => new TextEncoder().encode(text);
  const unpack = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const pack = (data) => btoa(String.fromCharCode(...data));
  const chance = (count) => crypto.getRandomValues(new Uint8Array(count));

  // Twelve digits, every one equally likely: bytes that would favour the low digits are thrown away.
  function newTracker() {
    let found = "";
    while (found.length < 12) for (const b of chance(24)) if (b < 250 && found.length < 12) found += b % 10;
    return found;
  }
  const newKey = () => [...chance(16)].map((b) => b.toString(16).padStart(2, "0")).join("");

  window.PhoneUrn = class {
    constructor(place) { Object.assign(this, place); }  // account, session, key (base64), api
    get sealing() { return Boolean(this.key && crypto.subtle); }
    id(poll) { return [this.account, this.session, poll.case, poll.attempt].join("|"); }
    mine() { return db.ballots.where("[account+session]").equals([this.account, this.session]).toArray(); }
    get(poll) { return db.ballots.get(this.id(poll)); }

    // Put a ballot in, sealed for this session, household, attempt and member; send what can be sent.
    async put(poll, vote) {
      const tracker = newTracker(), row = { id: this.id(poll), account: this.account, session: this.session, ...poll, tracker, key: newKey(), state: "waiting", said: "" };
      const said = { ...vote, tracker };
      if (!this.sealing) return this.sendOpen(row, said);
      const info = ["zhunbao-ballot-1", this.session, poll.case, poll.attempt, this.account].join("|");
      const plain = JSON.stringify(said);
      const padded = bytes(plain + " ".repeat(Math.max(0, PADDED - bytes(plain).length)));
      row.sealed = pack(await hpkeSeal(unpack(this.key), bytes(info), padded));
      await db.ballots.put(row);
      await this.flush();
      return this.get(poll);
    }

    // Where the browser can't seal (no https, very old): only with the network, and nothing of the choice is kept.
    async sendOpen(row, said) {
      const answer = await this.post(row, "ballots", said);
      if (answer === null) return { ...row, state: "unsent" };
      const kept = { ...row, ...answer, ...TAKEN };
      if (answer.state === "sent") await db.ballots.put(kept);
      return kept;
    }

    // Send every waiting ballot, one at a time; only one page of this phone does so at once.
    async flush() {
      const work = async () => {
        let lost = false;
        for (const row of await this.mine()) {
          if (row.state !== "waiting" || lost) continue;
          const answer = await this.post(row, "sealed-ballots", { sealed: row.sealed });
          if (answer === null) { lost = true; continue; }
          const { paused, ...told } = answer;
          if (paused) await db.ballots.update(row.id, { said: told.said });  // stays waiting: goes when the meeting goes on
          else await db.ballots.update(row.id, told.state === "sent" ? { ...told, ...TAKEN } : told);
        }
        return !lost;
      };
      return navigator.locks ? navigator.locks.request("zhunbao-panel", work) : work();
    }

    // null: no answer, or one that may be better later. A ballot the server has already counted is a ballot sent.
    async post(row, path, body) {
      const address = `${this.api}/sessions/${this.session}/cases/${row.case}/${path}`;
      let answer;
      try {
        answer = await fetch(address, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", "idempotency-key": row.key } });
      } catch { return null; }
      if (answer.ok) return { state: "sent", said: "" };
      if (answer.status === 401) { document.dispatchEvent(new CustomEvent("panel:signed-out")); return null; }
      if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return null;
      const told = await answer.json().catch(() => ({}));
      const said = [told.errors?.[0]?.message || told.detail, told.hint].filter(Boolean).join(" ");
      return { state: "refused", said, paused: told.code === "meeting_paused" };
    }

    // A refused ballot is sent once more, as it is: she checked in late, say.
    async again(id) { await db.ballots.update(id, { state: "waiting", said: "" }); }

    // After publication she may say that another ballot is hers: only this phone knows better.
    async point(id, tracker) { await db.ballots.update(id, { tracker }); }
    of(caseId) { return this.mine().then((all) => all.filter((row) => row.case === caseId && row.state === "sent").pop()); }
  };
})();
