"""Declared, archived, visited and registry values of a household side by side; agreeing ones may be folded away.

Rows are what investigators compare by hand: people, incomes, deductions, land, supporters, what is owned. A cell says
what its source says in words; an empty cell means the source says nothing of it. Nothing here decides anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from core.kernel import store
from core.kernel.forms import FieldSpec, describe
from core.registry.verification import Result, Source, VerificationReportForm
from core.rules.assets import DepositKind, EntityRole, HouseKind, PayrollKind, VehicleKind
from core.rules.facts import DisabilityClass, HouseholdFacts
from core.stages.application import Application
from core.stages.context import district
from core.stages.findings import report_of
from core.stages.home_visit import HomeVisit
from core.storage.database import Transaction
from core.web.i18n import gettext as _
from core.web.words import plain, yuan

if TYPE_CHECKING:
    from core.kernel.situation import Situation
    from core.kernel.stage import Records
    from core.web.services import WebServices

Names = Mapping[UUID | str, str]
"""People by their id, and crops by their code."""

Cells = dict[str, str]
"""What one source says, by the row it belongs to."""

_SECTIONS = ("income", "deductions", "land", "supporters")
_OWNED = ("vehicles", "houses", "deposits", "entities", "payroll")
_HOLDERS = ("owner", "person")
_LEFT_OUT = frozenset({"provenance", "person_id", "owner", "person", "name", "supports"})
_AMOUNT = re.compile(r"\d+\.\d{2}")
_CODES = {
    **{
        one.value: one.label
        for kinds in (VehicleKind, HouseKind, DepositKind, EntityRole, PayrollKind, DisabilityClass)
        for one in kinds
    },
    "normal": "正常",
}
_REGISTRY = {
    Source.VEHICLES: "vehicles",
    Source.REAL_ESTATE: "houses",
    Source.MARKET_ENTITIES: "entities",
    Source.DEPOSITS: "deposits",
    Source.SECURITIES: "deposits",
    Source.PAYROLL: "payroll",
}


class Compared(msgspec.Struct, frozen=True):
    """One row. `agrees`: every source that says anything says the same; `reason` is the investigators' note.

    `compared`: there was a visit, so that what it did not find is a difference too. `recorded`: a registry's values of
    something owned; what it says of a person otherwise (a pension, a registration) is on record and differs from nothing.
    """

    label: str
    declared: str = ""
    archived: str = ""
    visited: str = ""
    registry: str = ""
    reason: str = ""
    compared: bool = True
    recorded: tuple[str, ...] | None = None

    @property
    def agrees(self) -> bool:
        said = {cell for cell in (self.declared, self.archived, self.visited) if cell}
        gap = self.compared and bool(self.visited) != bool(self.declared or self.archived)
        return len(said) <= 1 and not gap and not self.reason and self._known()

    def _known(self) -> bool:
        """What a registry records of something owned is said by the household or was found, value by value."""
        return all(value in f"{self.declared}{self.visited}" for value in self.recorded or ())


async def compared(tx: Transaction, services: WebServices, situation: Situation) -> tuple[Compared, ...]:
    """Rows of one case, differing ones first. Empty before anything was declared or visited."""
    records, household = situation.view.records, situation.view.subject.household
    crops = district(situation.view).parameters(situation.view.today).income.crops
    names: Names = {m.person.id: m.person.name for m in household.members} | {c.code: c.label for c in crops}
    application, visit = records.last(Application), records.last(HomeVisit)
    noted = {d.field: d.reason for d in visit.differences} if visit else {}
    rows = side_by_side(
        names, application.facts if application else None, await _archived(tx, services, situation),
        visit.facts if visit else None, report_of(records),
    )  # fmt: skip
    written = [msgspec.structs.replace(row, reason=noted.pop(row.label, "")) for row in rows]
    if visit is not None:
        written += [
            Compared(d.field, d.declared, d.archived, d.visited, reason=d.reason or _("未写处理意见"))
            for d in visit.differences
            if d.field in noted
        ]
    return tuple(sorted(written, key=lambda row: row.agrees))


async def _archived(tx: Transaction, services: WebServices, situation: Situation) -> HouseholdFacts | None:
    """What the household's earlier file says, as its investigators last found it."""
    process = situation.view.process
    earlier: UUID | None = await tx.fetchval(
        """SELECT id FROM process WHERE tenant_id = $1 AND kind = 'case' AND subject_id = $2 AND id <> $3
           AND opened_at < $4 ORDER BY opened_at DESC LIMIT 1""",
        tx.tenant,
        process.subject_id,
        process.id,
        process.opened_at,
    )
    if earlier is None:
        return None
    file = await store.load(tx, earlier)
    runtime = await services.runtimes.at(tx, file.config_number)
    return _last_facts(await services.records.read(tx, earlier, runtime.catalogue))


def _last_facts(records: Records) -> HouseholdFacts | None:
    visit, application = records.last(HomeVisit), records.last(Application)
    return visit.facts if visit else application.facts if application else None


def side_by_side(
    names: Names,
    declared: HouseholdFacts | None,
    archived: HouseholdFacts | None,
    visited: HouseholdFacts | None,
    report: VerificationReportForm | None,
) -> tuple[Compared, ...]:
    """Pure. Rows in the order of the form; a row only one source knows is there all the same."""
    known: dict[UUID | str, str] = {
        member.person_id: member.name
        for facts in (archived, declared, visited) if facts for member in facts.members
    }  # fmt: skip
    known |= names
    said, held, found = (_cells(facts, known) if facts else {} for facts in (declared, archived, visited))
    registry, recorded = _registry(report, known)
    labels = dict.fromkeys(label for column in (said, held, found, registry) for label in column)
    return tuple(
        Compared(
            label, said.get(label, ""), held.get(label, ""), found.get(label, ""), registry.get(label, ""),
            compared=visited is not None, recorded=recorded.get(label),
        )
        for label in labels
    )  # fmt: skip


def _cells(facts: HouseholdFacts, names: Names) -> Cells:
    found: dict[str, list[str]] = {}
    specs = {spec.name: spec for spec in describe(HouseholdFacts)}
    for member in facts.members:
        for spec in specs["members"].nested:
            said = _said(spec, getattr(member, spec.name), names)
            if spec.name not in _LEFT_OUT and said:
                found.setdefault(f"{member.name} · {spec.title}", []).append(said)
    for section in _SECTIONS:
        _section(found, specs[section], getattr(facts, section), names)
    for spec in specs["assets"].nested:
        _section(found, spec, getattr(facts.assets, spec.name), names)
    return {label: "；".join(sorted(parts)) for label, parts in found.items()}


def _section(found: dict[str, list[str]], spec: FieldSpec, items: Iterable[Any], names: Names) -> None:
    for item in items:
        words = [_said(s, getattr(item, s.name), names) for s in spec.nested if s.name not in _LEFT_OUT]
        found.setdefault(_row(spec, item, names), []).append("，".join(w for w in words if w))


def _row(spec: FieldSpec, item: Any, names: Names) -> str:
    """Incomes and what is owned stand by person and kind; land and supporters by their own name."""
    holder = next((getattr(item, h) for h in _HOLDERS if getattr(item, h, None)), None)
    who = names.get(holder, _("其他人")) if holder else getattr(item, "name", "") or _("全家")
    kind = getattr(item, "kind", None)
    if kind is not None and spec.name in ("income", "deductions"):
        return f"{who} · {kind.label}"
    return f"{who} · {spec.title}"


def _said(spec: FieldSpec, value: Any, names: Names) -> str:
    if value in (None, "", False, ()) or spec.name in _LEFT_OUT:
        return ""
    if isinstance(value, UUID):
        return names.get(value, "")
    if spec.widget == "crop":
        return names.get(value, value)
    if isinstance(value, msgspec.Struct):
        parts = (_said(s, getattr(value, s.name), names) for s in describe(type(value)))
        return "，".join(part for part in parts if part)
    if value is True:
        return spec.title
    return f"{plain(value)}{spec.unit}"


def _registry(
    report: VerificationReportForm | None, names: Names
) -> tuple[Cells, dict[str, tuple[str, ...]]]:
    """What the sources answered, at the row of what is owned, or at a row of the source's own; values of what is owned."""
    if report is None:
        return {}, {}
    titles = {s.name: s.title for s in describe(HouseholdFacts)[_assets()].nested}
    found: dict[str, list[str]] = {}
    owned: dict[str, tuple[str, ...]] = {}
    for result in report.results:
        if result.result is Result.NO_HIT:
            continue
        section = _REGISTRY.get(result.source)
        what = titles[section] if section else result.source.label
        values = tuple(_in_words(v) for v in result.values.values() if v)
        said = "，".join(values) or result.note or result.result.label
        words = (
            said if result.result is Result.HIT else f"{result.result.label}：{said}" if result.note else said
        )
        label = f"{names.get(result.person_id, _('其他人'))} · {what}"
        found.setdefault(label, []).append(words)
        if section and result.result is Result.HIT:
            owned[label] = owned.get(label, ()) + values
    return {label: "；".join(parts) for label, parts in found.items()}, owned


def _in_words(value: str) -> str:
    """A registry's value as forms show it: amounts in yuan, codes by their label."""
    if _AMOUNT.fullmatch(value):
        return yuan(value)
    return _CODES.get(value, value)


def _assets() -> int:
    return next(n for n, spec in enumerate(describe(HouseholdFacts)) if spec.name == "assets")
