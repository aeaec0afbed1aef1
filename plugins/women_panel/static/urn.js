// The phone's own urn: sealed ballots that wait for the network, and the trackers of those that were taken.
// A sealed ballot can't be opened on the phone any more. Nothing here says when anything was done.
(() => {
  "use strict";
  const db = new Dexie("zhunbao-panel");
  db.version(1).stores({ ballots: "id, [account+session]" });
  const PADDED = 320;
  // A mast that takes a request and never answers is no network either: after so many milliseconds the ballot waits again.
  const PATIENCE = 8000;
  // A ballot that was taken leaves only its tracker here: whoever has its key could ask the server about it.
  const TAKEN = { sealed: "", key: "" };
  // What the server says of a ballot that can never count: the household is offered once more.
  const VOID = ["vote_started_again", "ballot_unreadable"];

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
  const tired = () => {
    const given = new AbortController();
    setTimeout(() => given.abort(), PATIENCE);
    return given.signal;
  };
  const newKey = () => [...chance(16)].map((b) => b.toString(16).padStart(2, "0")).join("");

  window.PhoneUrn = class {
    constructor(place) { Object.assign(this, place); }  // account, name, session, key (base64), api, me
    get sealing() { return Boolean(this.key && crypto.subtle); }
    id(poll) { return [this.account, this.session, poll.case, poll.attempt].join("|"); }
    mine() { return db.ballots.where("[account+session]").equals([this.account, this.session]).toArray(); }
    get(poll) { return db.ballots.get(this.id(poll)); }

    // Whose ballots of this session wait here beside hers: names, of a phone that several women use.
    async others() {
      const rows = await db.ballots.filter((row) => row.session === this.session && row.account !== this.account && row.state === "waiting").toArray();
      return [...new Set(rows.map((row) => row.name).filter(Boolean))];
    }

    row(poll, more) { return { id: this.id(poll), account: this.account, name: this.name, session: this.session, ...poll, key: newKey(), state: "waiting", said: "", ...more }; }

    // Put a ballot in, sealed for this session, household, attempt and member. It waits here; `flush` sends it.
    // Where she sealed or declared meanwhile, on another page of this phone say, that comes back instead (`before`): what was
    // taken keeps its tracker. A vote started again is another attempt, and so another row; one that is void may be replaced.
    async put(poll, vote) {
      const tracker = newTracker(), row = this.row(poll, { tracker });
      const said = { ...vote, tracker };
      if (!this.sealing) return this.sendOpen(row, said);
      const info = ["zhunbao-ballot-1", this.session, poll.case, poll.attempt, this.account].join("|");
      const plain = JSON.stringify(said);
      const padded = bytes(plain + " ".repeat(Math.max(0, PADDED - bytes(plain).length)));
      row.sealed = pack(await hpkeSeal(unpack(this.key), bytes(info), padded));
      return db.transaction("rw", db.ballots, async () => {
        const earlier = await db.ballots.get(row.id);
        if (earlier && earlier.state !== "void") return { ...earlier, before: true };
        await db.ballots.put(row);
        return row;
      });
    }

    // She stays out of a household: kept beside the ballots and sent before them. In its place no ballot is sealed any more.
    async declare(poll) {
      const row = this.row(poll, { conflict: true });
      return db.transaction("rw", db.ballots, async () => {
        const earlier = await db.ballots.get(row.id);
        if (earlier && earlier.state !== "void") return { ...earlier, before: true };
        await db.ballots.put(row);
        return row;
      });
    }

    // Where the browser can't seal (no https, very old): only with the network, and nothing of the choice is kept.
    async sendOpen(row, said) {
      const earlier = await db.ballots.get(row.id);
      if (earlier && earlier.state !== "void") return { ...earlier, before: true };
      const answer = await this.post(row, "ballots", { attempt: row.attempt, ...said });
      if (answer === null) return { ...row, state: this.another ? "another" : "unsent" };
      const kept = { ...row, ...answer, ...TAKEN };
      if (answer.state === "sent") await db.ballots.put(kept);
      return kept;
    }

    // Send what waits, one at a time, conflicts first; only one page of this phone does so at once. Who asks while another
    // sending is still to begin gets that one: a slow network gathers no queue.
    flush() {
      const work = async () => {
        this.coming = null;
        const waiting = (await this.mine()).filter((row) => row.state === "waiting");
        let lost = false;
        for (const row of [...waiting.filter((one) => one.conflict), ...waiting.filter((one) => !one.conflict)]) {
          if (lost) continue;
          const answer = await (row.conflict ? this.post(row, "conflict", {}) : this.post(row, "sealed-ballots", { sealed: row.sealed, attempt: row.attempt }));
          if (answer === null) { lost = true; continue; }
          const { paused, ...told } = answer;
          if (paused) await db.ballots.update(row.id, { said: told.said });  // stays waiting: goes when the meeting goes on
          else await db.ballots.update(row.id, told.state === "sent" ? { ...told, ...TAKEN } : told);
        }
        return !lost;
      };
      if (!navigator.locks) return work();
      this.coming ??= navigator.locks.request("zhunbao-panel", work);
      return this.coming;
    }

    // null: no answer, or one that may be better later. A ballot the server has already counted is a ballot sent. Who sealed or
    // declared goes with it: what waits here for one woman is not sent while another is signed in (`another`), nor refused.
    async post(row, path, body) {
      const address = `${this.api}/sessions/${this.session}/cases/${row.case}/${path}`;
      let answer;
      try {
        answer = await fetch(address, { method: "POST", signal: tired(), body: JSON.stringify({ account_id: this.account, ...body }), headers: { "content-type": "application/json", "idempotency-key": row.key } });
      } catch { return null; }
      if (answer.ok) { this.another = false; return { state: "sent", said: "" }; }
      if (answer.status === 401) { document.dispatchEvent(new CustomEvent("panel:signed-out")); return null; }
      if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return null;
      const told = await answer.json().catch(() => ({}));
      if (told.code === "another_account") { this.another = true; return null; }
      // Who may do nothing here is turned away before it is looked at whose ballot it is.
      if (answer.status === 403 || answer.status === 404) {
        const signedIn = await this.ask(this.me);
        if (!signedIn || signedIn.account_id !== this.account) { this.another = Boolean(signedIn); return null; }
      }
      this.another = false;
      const said = [told.errors?.[0]?.message || told.detail, told.hint].filter(Boolean).join(" ");
      if (VOID.includes(told.code)) return { state: "void", said: "" };
      return { state: "refused", said, paused: told.code === "meeting_paused" };
    }

    // Which households are voted on again, as the server tells her; nothing while another woman is signed in.
    async restarts() {
      const told = await this.ask(`${this.api}/sessions/${this.session}/restarts`);
      if (!told) return [];
      this.another = told.account_id !== this.account;
      return this.another ? [] : told.again;
    }

    async ask(address) {
      try {
        const answer = await fetch(address, { signal: tired() });
        if (answer.status === 401) document.dispatchEvent(new CustomEvent("panel:signed-out"));
        return answer.ok ? await answer.json() : null;
      } catch { return null; }
    }

    // A refused ballot is sent once more, as it is: she checked in late, say.
    async again(id) { await db.ballots.update(id, { state: "waiting", said: "" }); }

    // After publication she may say that another ballot is hers: only this phone knows better.
    async point(id, tracker) { await db.ballots.update(id, { tracker }); }
    // What this phone sent for a household: the ballot of the attempt that was counted, and whether there is one of a void attempt.
    async of(caseId, attempt) {
      const sent = (await this.mine()).filter((row) => row.case === caseId && row.state === "sent" && !row.conflict);
      return { own: sent.find((row) => row.attempt === attempt) || null, earlier: sent.some((row) => row.attempt < attempt) };
    }
  };
})();
