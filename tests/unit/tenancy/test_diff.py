"""What changed between two versions, in words people can check."""

from __future__ import annotations

from decimal import Decimal

from core.stages.sections import KINDS
from core.tenancy.diff import changes
from tests.builders.bundles import resolved


def lines(before: dict[str, object], after: dict[str, object]) -> list[str]:
    return [str(change) for change in changes(before, after, KINDS)]


def test_a_changed_setting_is_named_by_its_title() -> None:
    before = {"tenant": {"spot_check_percent": 30, "plugins": {"sms_notice": {}}}}
    after = {"tenant": {"spot_check_percent": 40, "delegated": True, "plugins": {"sms_notice": {}}}}
    assert lines(before, after) == [
        "tenant.toml：入户抽查比例（spot_check_percent）：30 → 40",
        "tenant.toml：确认权委托乡镇行使（delegated）：新增 true",
    ]


def test_entries_of_lists_are_matched_by_their_names_not_their_places() -> None:
    tiers = [{"category": "一类", "amount": 465}, {"category": "三类", "amount": 89}]
    before = {"rules": {"sets": [{"id": "P1", "tiers": tiers}]}}
    more = [tiers[0], {"category": "二类", "amount": 442}, {"category": "三类", "amount": Decimal("96.5")}]
    after = {"rules": {"sets": [{"id": "P1", "tiers": more}]}}
    assert lines(before, after) == [
        "rules.toml：sets.P1.tiers.三类：每人每月金额（amount）：89 → 96.5",
        "rules.toml：sets.P1.tiers：二类：新增 {category = 二类，amount = 442}",
    ]


def test_what_was_taken_away_shows_what_it_was() -> None:
    before = {"procedure": {"procedures": {"a": {"stages": {"x": {"next": {"on": "y"}}}}}}}
    after = {"procedure": {"procedures": {"a": {"stages": {"x": {"next": {}}}}}}}
    assert lines(before, after) == ["procedure.toml：procedures.a.stages.x.next：on：删去（原为 y）"]


def test_changed_policy_lines_and_templates_are_told() -> None:
    before = {"roles": ["a"], "templates": {"t": "旧"}}
    assert lines(before, {"roles": ["a", "b"], "templates": {"t": "新"}}) == [
        "roles.csv：a → a、b",
        "templates：t：旧 → 新",
    ]


def test_the_same_configuration_has_no_changes() -> None:
    assert changes(resolved("620802-kongtong"), resolved("620802-kongtong"), KINDS) == ()


def test_two_real_districts_differ_in_readable_lines() -> None:
    found = lines(resolved("620802-kongtong"), resolved("621122-longxi"))
    assert "tenant.toml：办结期限（total_working_days）：30 → 20" in found
    assert all(len(line) < 400 for line in found)
