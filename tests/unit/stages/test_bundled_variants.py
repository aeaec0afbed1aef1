"""Districts differ: every row of the domain's table of variants is taken by three real bundles in three ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from core.kernel.procedure import ProcedureSet, ProcedureSpec
from core.rules.parameters import RuleBook
from core.tenancy.inheritance import weakened
from core.tenancy.settings import TenantSettings
from tests.builders.bundles import DISTRICTS, baseline, resolved
from tests.builders.households import p1

KONGTONG, LINGTAI, LONGXI = DISTRICTS


def procedures(name: str) -> ProcedureSet:
    return msgspec.convert(resolved(name)["procedure"], ProcedureSet)


def edges(spec: ProcedureSpec, state: str) -> set[str]:
    return set(spec.stages[state].next.values()) - {"withdrawn"}


def test_the_first_district_is_judged_by_parameter_set_p1() -> None:
    (one,) = msgspec.convert(resolved(KONGTONG)["rules"], RuleBook).sets
    assert msgspec.structs.replace(one, source="") == msgspec.structs.replace(p1(), source="")
    panel = resolved(KONGTONG)["tenant"]["plugins"]["women_panel"]
    assert (panel["size_min"], panel["size_max"], panel["quorum"], panel["pass_share"]) == (
        11,
        11,
        "2/3",
        "2/3",
    )


@pytest.mark.parametrize("name", DISTRICTS)
def test_no_district_is_weaker_than_the_provinces_locks(name: str) -> None:
    assert weakened(resolved(name), baseline().locks) == []


Sections = dict[str, Any]


def _rules(sections: Sections) -> dict[str, Any]:
    found: dict[str, Any] = sections["rules"]["sets"][0]
    return found


def _five(part: str) -> Callable[[Sections], Any]:
    return lambda sections: _rules(sections)["five_haves"][part]


VARIANTS: dict[str, Callable[[Sections], Any]] = {
    "benefit": lambda s: (_rules(s)["mode"], len(_rules(s).get("tiers", ()))),
    "vehicle": _five("vehicle"),
    "deposits": _five("deposits"),
    "housing": _five("housing"),
    "business": _five("entity"),
    "payroll": _five("payroll"),
    "imputed wage": lambda s: _rules(s)["income"]["imputed_wage"]["rule"],
    "crops": lambda s: [(c["code"], c["per_mu"]) for c in _rules(s)["income"]["crops"]],
    "support": lambda s: _rules(s).get("support"),
    "panel": lambda s: s["tenant"]["plugins"]["women_panel"],
    "spot check": lambda s: s["tenant"]["spot_check_percent"],
}


@pytest.mark.parametrize("row", VARIANTS)
def test_three_districts_differ_wherever_districts_may(row: str) -> None:
    seen = [VARIANTS[row](resolved(name)) for name in DISTRICTS]
    assert [seen.count(value) for value in seen] == [1, 1, 1]


def test_districts_differ_in_order_posting_and_who_confirms() -> None:
    kongtong, lingtai, longxi = (procedures(name) for name in DISTRICTS)
    assert lingtai.round is None
    assert lingtai.procedures.keys() == {"application"}
    assert edges(lingtai.procedures["application"], "investigating") >= {"appraisal"}
    assert edges(lingtai.procedures["application"], "appraisal") == {"assessed"}
    assert "village_posting" not in {s.type for s in longxi.procedures["longxi_round"].stages.values()}
    order = list(longxi.procedures["longxi_round"].stages)
    assert order.index("visits") < order.index("panel_meeting")
    posted_again = [
        p.procedures["application"].stages["reassessed"].next["proposed"] for p in (kongtong, lingtai, longxi)
    ]
    assert posted_again == ["posted", "reported", "reported"]
    settings = [msgspec.convert(resolved(name)["tenant"], TenantSettings) for name in DISTRICTS]
    assert [s.total_working_days for s in settings] == [30, 30, 20]
    assert [s.delegated for s in settings] == [False, False, True]
    assert [s.long_term_posting for s in settings] == [True, False, True]
    assert ["sms_notice" in s.plugins for s in settings] == [True, True, False]
    assert "township_reviewer, case, confirm, allow" in resolved(LONGXI)["roles"]
