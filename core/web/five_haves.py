"""The five-haves tables of a district, as pages and API look after them: read aloud, checked, saved from a day on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request
from msgspec import Meta

from core.clock import local_date
from core.problems import Conflict, FieldError, Invalid, NotFound
from core.rules.cell_words import cell_of, reading, typed_of
from core.rules.five_haves_columns import FACTS, Fact, FiveHave
from core.rules.five_haves_rules import (
    DepositRow,
    DepositRule,
    EntityRow,
    EntityRule,
    HaveRow,
    HouseRow,
    HousingRule,
    PayrollRow,
    PayrollRule,
    Rule,
    VehicleRow,
    VehicleRule,
)
from core.rules.five_haves_tables import MOST_ROWS, notes_of, problems_of, rows_of, table_of
from core.rules.parameters import ParameterSet, RuleBook
from core.rules.unary import CellError, parse
from core.web.i18n import gettext as _
from core.web.services import services_of
from core.web.views.five_haves_effect import Effect, effect
from core.web.views.scope import account_names
from core.web.visit import visit_of

AnyRequest = Request[Any, Any, Any]


class TableForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From when a table holds, and why; each kind adds its rows."""

    start: Annotated[
        date, Meta(title="从哪天起用", description="写今天就马上启用；已经在办的事项按它开始时的规定办完")
    ]
    reason: Annotated[
        str, Meta(title="为什么改", min_length=2, max_length=200, extra={"placeholder": "例如：按市局新规定"})
    ]


class VehicleTable(TableForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    rows: Annotated[tuple[VehicleRow, ...], Meta(title="判定表", min_length=1, max_length=MOST_ROWS)]


class PayrollTable(TableForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    rows: Annotated[tuple[PayrollRow, ...], Meta(title="判定表", min_length=1, max_length=MOST_ROWS)]


class HousingTable(TableForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    rows: Annotated[tuple[HouseRow, ...], Meta(title="判定表", min_length=1, max_length=MOST_ROWS)]


class EntityTable(TableForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    rows: Annotated[tuple[EntityRow, ...], Meta(title="判定表", min_length=1, max_length=MOST_ROWS)]


class DepositTable(TableForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    rows: Annotated[tuple[DepositRow, ...], Meta(title="判定表", min_length=1, max_length=MOST_ROWS)]


AnyTable = VehicleTable | PayrollTable | HousingTable | EntityTable | DepositTable
FORMS: Mapping[FiveHave, type[AnyTable]] = {
    FiveHave.VEHICLE: VehicleTable, FiveHave.PAYROLL: PayrollTable, FiveHave.HOUSING: HousingTable,
    FiveHave.ENTITY: EntityTable, FiveHave.DEPOSITS: DepositTable,
}  # fmt: skip


class RowRead(msgspec.Struct, frozen=True):
    """A row as people read it: `asks` are its conditions in words, by column."""

    looks: bool
    outcome: str
    asks: tuple[tuple[str, str], ...]
    label: str
    law: str


class HaveTable(msgspec.Struct, frozen=True):
    """One kind as in force on a day; `rows` empty: not looked at. `notes`: overlaps, and what no row speaks of."""

    kind: str
    title: str
    short_form: bool
    rows: tuple[RowRead, ...]
    notes: tuple[str, ...] = ()


class HaveTables(msgspec.Struct, frozen=True):
    number: int
    label: str
    tables: tuple[HaveTable, ...]


class Checked(msgspec.Struct, frozen=True):
    """Rows without a mistake: read aloud, and what they would change among the households of today."""

    table: HaveTable
    effect: Effect


async def tables(request: AnyRequest) -> HaveTables:
    """All five, as in force today."""
    number, rules = await in_force(request)
    return HaveTables(number, rules.label, tuple(read_out(kind, rules) for kind in FiveHave))


async def table(request: AnyRequest, kind: str) -> HaveTable:
    """Raises NotFound for a kind there is none of."""
    _number, rules = await in_force(request)
    return read_out(known(kind), rules)


def known(kind: str) -> FiveHave:
    if kind not in {one.value for one in FiveHave}:
        raise NotFound(_("没有这一项"))
    return FiveHave(kind)


def read_out(kind: FiveHave, rules: ParameterSet) -> HaveTable:
    rule = rules.five_haves.of(kind)
    if rule is None:
        return HaveTable(kind.value, kind.label, True, ())
    rows = tuple(_row_read(kind, row, rules) for row in rows_of(rule))
    return HaveTable(kind.value, kind.label, not rule.rows, rows, tuple(n.message for n in notes_of(rule)))


def _row_read(kind: FiveHave, row: HaveRow, rules: ParameterSet) -> RowRead:
    said = ((fact, reading_of(fact, getattr(row, fact.name), rules)) for fact in FACTS[kind])
    asks = tuple((fact.label, words) for fact, words in said if words != reading_of(fact, "-", rules))
    return RowRead(row.outcome.value == "look_at", row.outcome.label, asks, row.label, row.law)


def reading_of(fact: Fact, cell: str, rules: ParameterSet) -> str:
    """In plain words; empty where the cell cannot be read."""
    try:
        return reading(fact, parse(cell, fact.kind, tuple(fact.words)), rules.monthly_standard)
    except CellError:
        return ""


_RULES: Mapping[FiveHave, Any] = {
    FiveHave.VEHICLE: VehicleRule, FiveHave.PAYROLL: PayrollRule, FiveHave.HOUSING: HousingRule,
    FiveHave.ENTITY: EntityRule, FiveHave.DEPOSITS: DepositRule,
}  # fmt: skip


def typed_rows(kind: FiveHave, rules: ParameterSet) -> list[dict[str, Any]]:
    """The rows in force as they stand in the page's inputs."""
    rule = rules.five_haves.of(kind)
    rows = rows_of(rule) if rule is not None else ()
    return [
        {"outcome": row.outcome.value, "label": row.label, "law": row.law}
        | {fact.name: typed_of(fact, getattr(row, fact.name)) for fact in FACTS[kind]}
        for row in rows
    ]


def as_cells(kind: FiveHave, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed with its words turned into cells, ready to be decoded."""
    rows = typed.get("rows")
    facts = {fact.name: fact for fact in FACTS[kind]}

    def row(one: Any) -> Any:
        if not isinstance(one, Mapping):
            return one
        return {k: cell_of(facts[k], v) if k in facts and isinstance(v, str) else v for k, v in one.items()}

    return {**typed, "rows": [row(one) for one in rows] if isinstance(rows, list) else rows}


def checked(kind: FiveHave, form: AnyTable, rules: ParameterSet) -> tuple[Rule, HaveTable]:
    """The rule the rows make, and how it reads. Raises Invalid naming every cell (`rows.0.value`)."""
    rule = _RULES[kind](rows=form.rows)
    haves = msgspec.structs.replace(rules.five_haves, **{kind.value: rule})
    wrong = [p for p in problems_of(haves, "") if p.field.startswith(f".{kind.value}")]
    if wrong:
        place = f".{kind.value}."
        fields = tuple(
            FieldError(p.field.removeprefix(place) if p.field.startswith(place) else "rows", p.message)
            for p in wrong
        )
        raise Invalid(_("判定表有 {n} 处要改。", n=len(wrong)), fields=fields)
    table_of(rule)
    return rule, read_out(kind, msgspec.structs.replace(rules, five_haves=haves))


async def check(request: AnyRequest, kind: FiveHave, form: AnyTable) -> Checked:
    """How the rows read under the parameters of the form's day, and what they would come to; nothing is stored. Raises Invalid."""
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        book = (await services.runtimes.current(tx)).settings.rules
        now, then = _set_on(book, local_date(services.clock())), _set_on(book, form.start)
        rule, shown = checked(kind, form, then)
        haves = msgspec.structs.replace(then.five_haves, **{kind.value: rule})
        come_to = await effect(
            tx, services.situations, kind, now, msgspec.structs.replace(then, five_haves=haves)
        )
    return Checked(shown, come_to)


async def save(request: AnyRequest, kind: FiveHave, form: AnyTable, read: int | None = None) -> int:
    """A new version of the district's configuration with these rows, from the form's day on; its number. `read`: the version
    the editor started from. Raises Invalid, and Conflict where somebody else changed it meanwhile or nothing changes."""
    services, actor = services_of(request), visit_of(request).actor
    configurator = services.configurator
    async with services.database.transaction(actor.tenant_id) as tx:
        runtime = await services.runtimes.current(tx)
        names = await account_names(tx, {actor.account_id})
    if read is not None and read != runtime.number:
        raise Conflict(_("这期间本区的配置已经改过了。"), hint=_("请重新打开这一页，看过新的规定再改。"))
    rules = _set_on(runtime.settings.rules, form.start)
    rule, _shown = checked(kind, form, rules)
    code = visit_of(request).district.code
    bundle = await configurator.bundle_of(code)
    sections = (await configurator.plan(bundle)).written.sections
    changed = _with_rows(sections["rules"], rules.id, kind, rule)
    number, _plan = await configurator.apply(
        replace(bundle, own={**bundle.own, "rules": changed}), author=names.get(actor.account_id, ""),
        reason=f"{kind.label}：{form.reason}", start=form.start,
    )  # fmt: skip
    return number


def _set_on(book: RuleBook, day: date) -> ParameterSet:
    try:
        return book.at(day)
    except LookupError as early:
        raise Invalid(_("这一天还没有施行中的参数。"), fields=(FieldError("start", str(early)),)) from None


def _with_rows(section: Mapping[str, Any], set_id: str, kind: FiveHave, rule: Rule) -> dict[str, Any]:
    """The rules as stored, with the rows in place of what that set said of the kind before."""
    rows = [
        {k: v for k, v in msgspec.to_builtins(row).items() if v not in ("-", "")} for row in rule.rows
    ]  # fmt: skip
    sets = [
        {**one, "five_haves": {**one.get("five_haves", {}), kind.value: {"rows": rows}}}
        if one.get("id") == set_id
        else one
        for one in section["sets"]
    ]
    return {**section, "sets": sets}


async def in_force(request: AnyRequest) -> tuple[int, ParameterSet]:
    """The number of the version, and its parameter set for today."""
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        runtime = await services.runtimes.current(tx)
    return runtime.number, runtime.settings.parameters(local_date(services.clock()))
