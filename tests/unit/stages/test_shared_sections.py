"""Sections that many districts have in common are read once."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from core.stages.runtimes import SharedSections


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    share: Decimal = Decimal(1)


class Others(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str


def test_the_same_content_is_read_once_and_shared() -> None:
    sections = SharedSections()
    first, problems = sections.read(Rules, {"name": "甲", "share": Decimal("0.3")}, "rules.toml")
    again, _ = sections.read(Rules, {"name": "甲", "share": Decimal("0.3")}, "rules.toml")
    assert problems == []
    assert again is first


def test_the_same_content_of_another_kind_or_another_value_is_not_shared() -> None:
    sections = SharedSections()
    rules, _ = sections.read(Rules, {"name": "甲"}, "rules.toml")
    others, _ = sections.read(Others, {"name": "甲"}, "rules.toml")
    more, _ = sections.read(Rules, {"name": "乙"}, "rules.toml")
    assert isinstance(rules, Rules)
    assert isinstance(others, Others)
    assert more == Rules("乙")


def test_what_is_wrong_is_told_every_time() -> None:
    sections = SharedSections()
    for _ in range(2):
        made, problems = sections.read(Rules, {"nane": "甲"}, "rules.toml")
        assert made is None
        assert len(problems) == 2


def test_no_more_is_kept_than_may_be() -> None:
    sections = SharedSections(most=1)
    first, _ = sections.read(Rules, {"name": "甲"}, "rules.toml")
    sections.read(Rules, {"name": "乙"}, "rules.toml")
    again, _ = sections.read(Rules, {"name": "甲"}, "rules.toml")
    assert again == first
    assert again is not first
