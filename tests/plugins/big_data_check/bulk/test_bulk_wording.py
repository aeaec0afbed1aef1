"""What a review is told of changes: every kind in the same words: what, as of when, from where, what to do; and no amounts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.sdk.verification import Source
from plugins.big_data_check.bulk.registers import BITS
from plugins.big_data_check.bulk.standing import FROM
from plugins.big_data_check.bulk.store import KINDS
from plugins.big_data_check.bulk.wording import CLUE, SAID, UNSURE, dates_of, note

VILLAGE = "620802001001"
DATES = {source.value: {VILLAGE: "2026-08-09"} for source in Source}
LINE = re.compile(
    r"(?P<kind>[^。：]+)（(?P<n>\d+) 项）：[^。]+。数据截至 2026-08-09，来自(?P<from>[^。]+)。请[^。]+。"
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_happened_as_of_when_from_which_source_and_what_to_do(kind: str) -> None:
    said = note([(kind, 0)], DATES, VILLAGE, unsure=False)
    found = LINE.search(said.removeprefix("批量复核发现登记信息有变化。"))
    assert found is not None, said
    assert (found["kind"], found["n"]) == (KINDS[kind], "1")
    assert found["from"] == "、".join(source.label for source in FROM[kind])
    assert said.endswith(CLUE)


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_names_an_amount_an_item_or_a_person(kind: str) -> None:
    what, then = SAID[kind]
    assert not re.search(r"[0-9]|元|甘", what + then)


def test_only_sources_that_were_compared_are_named_each_with_its_own_day() -> None:
    dates = {**DATES, "housing_fund": {VILLAGE: "2026-07-01"}}
    one = note([("job", BITS[Source.HOUSING_FUND])], dates, VILLAGE, unsure=False)
    assert "数据截至 2026-07-01，来自住房公积金。" in one
    two = note(
        [("job", BITS[Source.HOUSING_FUND] | BITS[Source.SOCIAL_INSURANCE])], dates, VILLAGE, unsure=True
    )
    assert "数据截至 2026-07-01、2026-08-09，来自社会保险和养老金、住房公积金。" in two
    assert UNSURE in two
    assert "数据日期见批量复核" in note([("death", 0)], {}, VILLAGE, unsure=False)


def test_the_longest_note_fits_its_field(tmp_path: Path) -> None:
    assert len(note([(kind, 0) for kind in KINDS for _ in range(9)], DATES, VILLAGE, unsure=True)) < 2000
    assert dates_of(tmp_path) == {}
