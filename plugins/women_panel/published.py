"""What is published of a closed household: every ballot under its tracker, the numbers and the rule. Pure.

Anybody recomputes the result from it: `recount(record)`, `python -m plugins.women_panel.recount FILE`, or the browser on the
page itself. Ballots stand in the order of their random trackers; reasons are left out, since a rare one is a signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import msgspec

from plugins.women_panel import rules, scoring
from plugins.women_panel.config import Rounding
from plugins.women_panel.rules import CHOICES, Choice, Numbers, Rules, Tally
from plugins.women_panel.urn import Vote

FORMAT = "zhunbao-panel-tally/1"
Means = Literal["phone", "paper"]


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One ballot. `total` is a scored form's, as text."""

    tracker: str
    choice: Literal["agree", "disagree", "abstain", "score"]
    total: str = ""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How it is counted. A scored form passes at a trimmed mean of `mark`; `trim` totals are left out at either end.

    `quorum_of_forms`: it takes as many forms as the quorum, and more than are left out. Records of before have it not.
    """

    size_min: int
    quorum: str
    share: str
    more_than: bool
    of_roster: bool
    rounding: Rounding
    tie_fails: bool
    scored: bool = False
    trim: int = 0
    mark: str = ""
    quorum_of_forms: bool = False


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ballots` is empty where there was no quorum, and for paper slips, of which only numbers are known.

    Score forms on paper stand as lines numbered by their totals: no voter has a tracker. `voters` and `spoilt` slips together
    are what was in the box; `entered` are the names of the two whose counts agreed.
    """

    format: str
    round: str
    session: int
    case: str
    attempt: int
    means: Means
    rule: Rule
    voters: int
    ballots: tuple[Line, ...]
    tally: Tally
    spoilt: int = 0
    entered: tuple[str, ...] = ()


def rule_of(counted: Rules) -> Rule:
    form = counted.form
    return Rule(
        counted.size_min, str(counted.quorum), str(counted.share), counted.more_than, counted.of_roster, counted.rounding,
        counted.tie_fails, form is not None, form.trim if form else 0, str(form.mark) if form else "",
        form is not None and counted.quorum_of_forms,
    )  # fmt: skip


def lines(counted: Rules, votes: Iterable[Vote]) -> tuple[Line, ...]:
    """The ballots as published, by tracker. Raises ValueError for scores that are no ballot of the form."""
    return tuple(sorted((_line(counted, vote) for vote in votes), key=lambda line: line.tracker))


def _line(counted: Rules, vote: Vote) -> Line:
    if vote.choice != "score":
        return Line(vote.tracker, vote.choice)
    if counted.form is None:
        raise ValueError("a scored ballot in a vote without a form")
    return Line(vote.tracker, "score", str(scoring.total(counted.form, vote.scores)))


def paper_lines(form: scoring.Form, sheets: Iterable[Sequence[int]], abstain: int) -> tuple[Line, ...]:
    """Score forms on paper as published: by their totals, so that the order tells nothing of who voted when."""
    totals = sorted(scoring.total(form, sheet) for sheet in sheets)
    scored = [Line(f"paper-{n:02}", "score", str(total)) for n, total in enumerate(totals, 1)]
    return (
        *scored,
        *(Line(f"paper-{n:02}", "abstain") for n in range(len(scored) + 1, len(scored) + abstain + 1)),
    )


def result(counted: Rules, numbers: Numbers, ballots: Iterable[Line]) -> Tally:
    """The tally of published ballots. Raises ValueError when there are more than people in the room."""
    found = tuple(ballots)
    if counted.form is None:
        votes: dict[Choice, int] = {choice: sum(b.choice == choice for b in found) for choice in CHOICES}
        return rules.of_numbers(counted, numbers, votes)
    totals = [Decimal(b.total) for b in found if b.choice == "score"]
    return rules.of_scores(counted, numbers, totals, len(found) - len(totals))


def recount(record: Record) -> Tally:
    """The tally as the record itself gives it: compare with `record.tally`.

    Raises ValueError when the record contradicts itself: a tracker twice, other numbers of ballots than of voters, more slips
    than people.
    """
    told = record.tally
    numbers = Numbers(told.roster, told.eligible_roster, told.present)
    if record.format != FORMAT:
        raise ValueError(f"an unknown format: {record.format!r}")
    if record.spoilt < 0 or record.voters + record.spoilt > told.present:
        raise ValueError("more in the box than people in the room")
    if told.result == "no_quorum" or (record.means == "paper" and not record.rule.scored):
        if record.ballots:
            raise ValueError("ballots where none can be published")
        votes: dict[Choice, int] = {"agree": told.agree, "disagree": told.disagree, "abstain": told.abstain}
        return rules.of_numbers(_rules(record.rule), numbers, votes, record.voters)
    if len({line.tracker for line in record.ballots}) != len(record.ballots):
        raise ValueError("a tracker stands twice")
    if len(record.ballots) != record.voters:
        raise ValueError(f"{len(record.ballots)} ballots, but {record.voters} voted")
    return result(_rules(record.rule), numbers, record.ballots)


def _rules(rule: Rule) -> Rules:
    form = scoring.Form((), 0, 0, rule.trim, Decimal(rule.mark)) if rule.scored else None
    return Rules(
        rule.size_min, Fraction(rule.quorum), Fraction(rule.share), rule.more_than, rule.of_roster, rule.rounding,
        rule.tie_fails, form, rule.quorum_of_forms,
    )  # fmt: skip


def told_alike(record: Record) -> bool:
    """Everybody who voted voted the same: then the count tells everybody's vote."""
    told = record.tally
    return told.result != "no_quorum" and max(told.agree, told.disagree, told.abstain) == record.voters > 0


def written(record: Record) -> bytes:
    """The one way to write a record down: compact JSON, keys sorted, UTF-8."""
    return msgspec.json.encode(record, order="sorted")


def read(text: bytes | str) -> Record:
    """Raises msgspec.MsgspecError for what is no record."""
    return msgspec.json.decode(text, type=Record)


def digest(text: bytes | str) -> str:
    """SHA-256 of a record as written, in hex: it enters the case's hash-chained journal."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()
