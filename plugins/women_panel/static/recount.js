// A published record reckoned once more, in the browser: the rule of `rules.py` and `scoring.py`, written a second time.
// Whole numbers throughout: people, and hundredths of a point.
(() => {
  "use strict";
  const hundredths = (text) => Math.round(Number(text) * 100);
  const ceil = (n, d) => Math.floor((n + d - 1) / d);
  function whole(share, people, rounding) {
    const [n, d] = [share[0] * people, share[1]];
    return rounding === "up" ? ceil(n, d) : Math.floor(rounding === "down" ? n / d : (2 * n + d) / (2 * d));
  }
  const fraction = (text) => { const [n, d] = text.split("/").map(Number); return [n, d || 1]; };

  function trimmedMean(totals, trim) {
    if (!totals.length) return null;
    const sorted = [...totals].sort((a, b) => a - b);
    const kept = sorted.length > 2 * trim ? sorted.slice(trim, sorted.length - trim) : sorted;
    const sum = kept.reduce((a, b) => a + b, 0);
    return Math.floor((2 * sum + kept.length) / (2 * kept.length));
  }
  function counts(record) {
    const { rule, ballots, tally: told, spoilt = 0 } = record;
    if (spoilt < 0 || record.voters + spoilt > told.present) throw new Error("more in the box than people in the room");
    if (told.result === "no_quorum" || (record.means === "paper" && !rule.scored)) {
      if (ballots.length) throw new Error("ballots where none can be published");
      return { agree: told.agree, disagree: told.disagree, abstain: told.abstain, totals: [] };
    }
    if (new Set(ballots.map((b) => b.tracker)).size !== ballots.length) throw new Error("a tracker stands twice");
    if (ballots.length !== record.voters) throw new Error("other numbers of ballots than of voters");
    const said = (choice) => ballots.filter((b) => b.choice === choice).length;
    if (!rule.scored) return { agree: said("agree"), disagree: said("disagree"), abstain: said("abstain"), totals: [] };
    const totals = ballots.filter((b) => b.choice === "score").map((b) => hundredths(b.total));
    const agree = totals.filter((total) => total >= hundredths(rule.mark)).length;
    return { agree, disagree: totals.length - agree, abstain: ballots.length - totals.length, totals };
  }

  // The tally that record.tally should be. Throws where the record contradicts itself.
  window.panelRecount = (record) => {
    const { rule, tally: told } = record, { agree, disagree, abstain, totals } = counts(record);
    if (agree + disagree + abstain > told.present) throw new Error("more votes than people in the room");
    const quorum = Math.max(1, whole(fraction(rule.quorum), told.eligible_roster, rule.rounding));
    const forms = rule.scored && rule.quorum_of_forms ? Math.max(quorum, 2 * rule.trim + 1) : 0;
    const mean = totals.length >= forms ? trimmedMean(totals, rule.trim) : null;
    const basis = rule.of_roster ? told.eligible_roster : told.present, share = fraction(rule.share);
    const asked = rule.more_than ? Math.floor((share[0] * basis) / share[1]) + 1 : whole(share, basis, rule.rounding);
    const needed = rule.scored ? 0 : Math.max(1, ceil(basis, 2), asked);
    const passes = rule.scored ? mean !== null && mean >= hundredths(rule.mark) : agree >= needed && !(rule.tie_fails && agree === disagree);
    const complete = told.roster >= rule.size_min && told.present >= quorum && record.voters >= forms;
    return {
      roster: told.roster, eligible_roster: told.eligible_roster, present: told.present, quorum, needed, agree, disagree, abstain,
      result: !complete ? "no_quorum" : passes ? "passed" : "failed", mean: mean === null ? "" : (mean / 100).toFixed(2),
    };
  };
})();
