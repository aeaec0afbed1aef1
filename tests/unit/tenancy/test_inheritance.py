"""A district on its province: what it leaves out, what it adds, and that it never ends weaker than a lock."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.tenancy.inheritance import Lock, inherit, merged, weakened

BASE: dict[str, Any] = {
    "tenant": {"share": 30, "days": 30, "posting": 7, "kin": ["spouse", "child"], "shown": False},
    "rules": {"sets": [{"grace": {"months": 6}}]},
    "procedure": {"procedures": {"a": {"stages": {"x": {"next": {"on": "y"}}}}, "b": {}}},
    "roles": ["a, case, view, allow"],
    "templates": {"t": "one"},
}
LOCKS = {
    "tenant.share": Lock(minimum=10, law="57号 20"),
    "tenant.days": Lock(maximum=30),
    "tenant.posting": Lock(exact=7),
    "tenant.kin": Lock(superset=("spouse", "child")),
    "tenant.shown": Lock(exact=False),
    "rules.sets.*.grace.months": Lock(maximum=6),
}


def result(own: dict[str, Any], *drop: str) -> tuple[dict[str, Any], list[str]]:
    sections, problems = inherit(BASE, own, drop)
    return sections, [str(p) for p in (*problems, *weakened(sections, LOCKS))]


def test_what_a_district_does_not_write_is_the_provinces() -> None:
    assert result({}) == (BASE, [])


def test_tables_are_laid_over_one_another_and_lists_replaced_whole() -> None:
    own = {
        "tenant": {"share": 40, "kin": ["spouse", "child", "parent"]},
        "procedure": {"procedures": {"a": {"stages": {"x": {"next": {"off": "z"}}}}}},
        "roles": ["b, case, view, deny"],
        "templates": {"u": "two"},
    }
    sections, problems = result(own)
    assert problems == []
    assert sections["tenant"]["share"] == 40
    assert sections["tenant"]["kin"] == ["spouse", "child", "parent"]
    assert sections["procedure"]["procedures"]["a"]["stages"]["x"]["next"] == {"on": "y", "off": "z"}
    assert sections["roles"] == ["a, case, view, allow", "b, case, view, deny"]
    assert sections["templates"] == {"t": "one", "u": "two"}


def test_parts_of_the_province_can_be_left_out() -> None:
    sections, problems = result({}, "procedure.procedures.b")
    assert problems == []
    assert sections["procedure"]["procedures"].keys() == {"a"}
    assert BASE["procedure"]["procedures"].keys() == {"a", "b"}


def test_leaving_out_what_is_not_there_is_told() -> None:
    _, problems = result({}, "procedure.procedures.c")
    assert problems == ["tenant.toml：bundle.drop：要去掉的“procedure.procedures.c”在省级配置里没有"]


def test_a_weaker_value_is_refused_naming_both() -> None:
    _, problems = result({"tenant": {"share": 5}})
    assert problems == [
        "tenant.toml：share：写的是 5，不能小于 10。省级锁定了“tenant.share”，只能更严，依据：57号 20"
    ]


def test_every_kind_of_lock_holds() -> None:
    own = {
        "tenant": {"days": 31, "posting": 8, "kin": ["child"], "shown": 0},
        "rules": {"sets": [{"grace": {"months": 6}}, {"grace": {"months": 7}}]},
    }
    _, problems = result(own)
    assert [p.split("。")[0] for p in problems] == [
        "tenant.toml：days：写的是 31，不能大于 30",
        "tenant.toml：posting：写的是 8，必须是 7",
        "tenant.toml：kin：写的是 child，不能少了 spouse",
        "tenant.toml：shown：写的是 0，必须是 false",
        "rules.toml：sets.1.grace.months：写的是 7，不能大于 6",
    ]


def test_a_locked_key_cannot_be_got_rid_of() -> None:
    _, problems = result({"rules": {"sets": [{}]}}, "tenant.share")
    assert [p.split("。")[0] for p in problems] == [
        "tenant.toml：share：没有写，必须写明",
        "rules.toml：sets.0.grace.months：没有写，必须写明",
    ]


def test_a_number_in_quotes_satisfies_no_limit() -> None:
    assert result({"tenant": {"share": "99"}})[1]


def test_tightening_is_allowed_everywhere() -> None:
    own = {"tenant": {"share": 100, "days": 20, "kin": ["spouse", "child", "sibling"]}}
    assert result(own)[1] == []


VALUES = st.one_of(
    st.integers(-50, 50), st.booleans(), st.none(), st.text(max_size=3), st.decimals(allow_nan=True),
    st.lists(st.sampled_from(["spouse", "child", "parent"]), max_size=3),
    st.dictionaries(st.sampled_from(["months", "x"]), st.integers(-9, 9), max_size=2),
)  # fmt: skip
OWN = st.fixed_dictionaries(
    {},
    optional={
        "tenant": st.one_of(st.dictionaries(st.sampled_from([*BASE["tenant"]]), VALUES), VALUES),
        "rules": st.one_of(
            st.fixed_dictionaries(
                {"sets": st.lists(st.one_of(st.just({}), st.fixed_dictionaries({"grace": VALUES}), VALUES), max_size=3)}
            ),
            VALUES,
        ),
    },
)  # fmt: skip
DROPS = st.lists(
    st.sampled_from([*LOCKS, "tenant", "rules", "rules.sets"]).filter(lambda k: "*" not in k), max_size=2
)


def holds(sections: dict[str, Any]) -> bool:
    """The same locks, written out by hand."""
    tenant = sections["tenant"]

    def number(value: Any) -> Decimal:
        assert isinstance(value, int | Decimal)
        assert not isinstance(value, bool)
        return Decimal(value)

    months = [number(one["grace"]["months"]) for one in sections["rules"]["sets"]]
    return (
        number(tenant["share"]) >= 10
        and number(tenant["days"]) <= 30
        and number(tenant["posting"]) == 7
        and {"spouse", "child"} <= set(tenant["kin"])
        and tenant["shown"] is False
        and all(m <= 6 for m in months)
    )


@given(OWN, DROPS)
def test_whatever_a_district_writes_it_never_ends_weaker_than_a_lock(
    own: dict[str, Any], drop: list[str]
) -> None:
    sections, problems = inherit(BASE, own, drop)
    if not problems and not weakened(sections, LOCKS):
        assert holds(sections)


@given(
    st.integers(10, 100),
    st.integers(0, 30),
    st.sets(st.sampled_from(["parent", "sibling"])),
    st.integers(0, 6),
)
def test_whatever_is_at_least_as_strict_is_taken(share: int, days: int, more: set[str], months: int) -> None:
    own = {
        "tenant": {"share": share, "days": days, "kin": ["spouse", "child", *more]},
        "rules": {"sets": [{"grace": {"months": months}}]},
    }
    assert result(own)[1] == []


@given(OWN)
def test_merging_leaves_the_province_as_it_was(own: dict[str, Any]) -> None:
    before = repr(BASE)
    merged(BASE, own)
    assert repr(BASE) == before
