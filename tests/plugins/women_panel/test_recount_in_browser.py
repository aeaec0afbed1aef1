"""The browser's own recount of a published record comes to what the command's does, for every kind of rule and ballot."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Browser

from plugins.women_panel import published
from plugins.women_panel.config import PanelConfig
from plugins.women_panel.manifest import plugin
from plugins.women_panel.published import Record
from plugins.women_panel.rules import Numbers, Rules
from plugins.women_panel.urn import Vote

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

assert plugin.static is not None
SCRIPT: Path = plugin.static / "recount.js"


def a_record(chance: random.Random) -> Record:
    """A panel of nine to fifteen under some district's rule, some of it recused, absent or silent."""
    scored = chance.random() < 0.4
    config = PanelConfig(
        quorum=chance.choice(("2/3", "1/2", "3/4", "1/1")), pass_share=chance.choice(("1/2", "2/3", "3/5", "4/7")),
        pass_more_than=chance.random() < 0.3, basis=chance.choice(("present", "roster")),
        rounding=chance.choice(("up", "half_up", "down")), tie_fails=chance.random() < 0.5,
        ballot="score" if scored else "choice", criteria=("困难=3", "劳力=2", "邻里=2"), score_trim=chance.randint(0, 3),
        score_mark=chance.choice(("6", "5.5", "6.67")),
    )  # fmt: skip
    rules = replace(Rules.of(config), quorum_of_forms=chance.random() < 0.8)
    roster = chance.randint(8, 15)
    eligible = chance.randint(roster - 3, roster)
    present = chance.randint(eligible // 2, eligible)
    votes = [_vote(chance, scored, n) for n in range(chance.randint(0, present))]
    ballots = published.lines(rules, votes)
    numbers = Numbers(roster, eligible, present)
    told = published.result(rules, numbers, ballots)
    if told.result == "no_quorum":
        ballots, told = (), published.result(rules, numbers, ())
    return Record(
        published.FORMAT, "R-1", 1, "C-1", 1, "phone", published.rule_of(rules), len(votes), ballots, told
    )


def _vote(chance: random.Random, scored: bool, n: int) -> Vote:
    tracker = f"{n:012d}"
    if scored and chance.random() < 0.9:
        return Vote("score", scores=tuple(chance.randint(0, 10) for _ in range(3)), tracker=tracker)
    return Vote("abstain" if scored else chance.choice(("agree", "disagree", "abstain")), tracker=tracker)


async def test_the_browser_reckons_every_record_as_the_command_does(browser: Browser) -> None:
    chance = random.Random(20261129)
    records = [a_record(chance) for _ in range(3000)]
    assert {record.tally.result for record in records} == {"passed", "failed", "no_quorum"}
    written = [json.loads(published.written(record)) for record in records]
    page = await browser.new_page()
    await page.add_script_tag(path=SCRIPT)
    told = await page.evaluate("(records) => records.map((one) => panelRecount(one))", written)
    one = next(record for record in records if record.ballots)
    doubled = msgspec.structs.replace(one, ballots=(*one.ballots, *one.ballots))
    forged = json.loads(published.written(doubled))
    refused = await page.evaluate("(one) => { try { panelRecount(one); } catch { return true; } }", forged)
    await page.close()
    few = [r for r in records if r.rule.quorum_of_forms and r.tally.present >= r.tally.quorum > r.voters]
    assert few, "a room with a quorum and too few forms"
    wrong = [(mine, record) for mine, record in zip(told, records, strict=True)
             if mine != msgspec.to_builtins(published.recount(record))]  # fmt: skip
    assert wrong == []
    assert refused, "a record that contradicts itself"
