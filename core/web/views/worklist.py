"""Lists of cases and rounds: mine, due, overdue, waiting for others, done; filtered, sorted by deadline, paged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.kernel.deadline import Due, remaining
from core.storage.database import Transaction
from core.web.i18n import gettext as _
from core.web.views.clocks import FIRST_DUE, first_due
from core.web.views.scope import VISIBLE, area_names, visible_to
from core.web.views.todo import Todo, todo

if TYPE_CHECKING:
    from core.access.authorizer import Actor
    from core.kernel.runtime import Runtime
    from core.web.services import WebServices

PAGE_SIZE = 25
SOON = timedelta(days=4)

Tab = Literal["mine", "due", "overdue", "waiting", "done", "all"]
Only = Literal["", "new", "existing", "eligible", "ineligible", "variance", "decided"]
_ONLY: dict[str, str] = {
    "new": "NOT 'existing' = ANY(p.marks)",
    "existing": "'existing' = ANY(p.marks)",
    "eligible": "s.eligible",
    "ineligible": "NOT s.eligible",
    "variance": "s.variance",
    "decided": "(p.ended OR p.state = 'active')",
}
MARKS = {
    "relative_flag": "近亲属备案", "complaint": "有投诉", "objected": "有异议", "existing": "在册复评", "drawn": "抽中抽查",
    "by_helper": "代办", "by_cadre": "干部代办",
}  # fmt: skip


class ListQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Filters of a list, as they stand in the address."""

    tab: Annotated[Tab, Meta(title="范围")] = "mine"
    kind: Annotated[Literal["", "case", "round"], Meta(title="类别")] = ""
    state: Annotated[str, Meta(title="环节", max_length=60)] = ""
    area: Annotated[str, Meta(title="地区", pattern="^([0-9]{2,12})?$")] = ""
    mark: Annotated[str, Meta(title="标记", max_length=40)] = ""
    q: Annotated[str, Meta(title="姓名或编号", max_length=60)] = ""
    round: Annotated[UUID | None, Meta(title="整村认定")] = None
    only: Annotated[Only, Meta(title="其中")] = ""
    page: Annotated[int, Meta(title="页", ge=1, le=10_000)] = 1


class Row(msgspec.Struct, frozen=True):
    """One line of a list. `due_text` is said in working days; `urgency` is ample, soon, today, overdue or empty."""

    id: UUID
    kind: str
    number: str
    title: str
    state: str
    state_label: str
    area_code: str
    area: str
    entered_on: date
    due: date | None
    due_text: str
    urgency: str
    marks: tuple[str, ...]
    version: int
    ended: bool
    applicant: str = ""
    group_name: str = ""
    persons: int | None = None
    parent_id: UUID | None = None


class Beside(msgspec.Struct, frozen=True):
    """What waits for somebody beside their cases, from a plugin. `href` is empty where it could not say."""

    label: str
    href: str
    urgent: bool = False


class Listing(msgspec.Struct, frozen=True):
    """One page of rows; `counts` per tab only where asked for, `beside` on one's own desk."""

    rows: tuple[Row, ...]
    total: int
    page: int
    pages: int
    counts: dict[str, int] = {}
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True, slots=True)
class _Context:
    runtime: Runtime
    today: date
    todo: Todo


async def listing(
    tx: Transaction,
    services: WebServices,
    actor: Actor,
    today: date,
    wanted: ListQuery,
    *,
    counts: bool = False,
    size: int = PAGE_SIZE,
    runtime: Runtime | None = None,
) -> Listing:
    """The rows of one page. "Mine" are those where this person has a step to take. `runtime`: where it is at hand."""
    runtime = runtime or await services.runtimes.current(tx)
    context = _Context(runtime, today, await todo(tx, services, runtime, actor))
    where, values = _conditions(context, wanted, visible_to(tx, services.authorizer, actor))
    total = await tx.fetchval(f"SELECT count(*) FROM {_FROM} WHERE {where}", *values)  # noqa: S608
    pages = max(1, -(-total // size))
    page = min(wanted.page, pages)
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE {where} ORDER BY {_order(wanted)} "  # noqa: S608
        f"LIMIT {size} OFFSET {(page - 1) * size}",
        *values,
    )
    names = await area_names(tx, {row["area_code"] for row in rows})
    found = tuple(_row(context, row, names) for row in rows)
    return Listing(
        found, total, page, pages, await _counts(tx, services, context, wanted, actor) if counts else {}
    )


_FROM = "process p LEFT JOIN case_summary s ON s.tenant_id = p.tenant_id AND s.process_id = p.id"
_COLUMNS = (
    "p.id, p.kind, p.procedure, p.number, p.title, p.state, p.area_code, p.entered_on, p.stage_due, p.total_due, "
    "p.task, p.task_due, p.uncertain_years, p.marks, p.version, p.ended, p.parent_id, s.applicant, s.group_name, s.persons"
)
_DUE = FIRST_DUE


def _conditions(context: _Context, wanted: ListQuery, values: list[Any]) -> tuple[str, list[Any]]:
    parts = ["p.tenant_id = $1", VISIBLE, _tab(context, wanted.tab, values)]

    def given(value: Any, condition: str) -> None:
        if value:
            values.append(value)
            parts.append(condition.replace("?", f"${len(values)}"))

    given(wanted.kind, "p.kind = ?")
    given(wanted.state, "p.state = ?")
    given(wanted.area, "starts_with(p.area_code, ?)")
    given(wanted.mark, "? = ANY(p.marks)")
    given(wanted.round, "p.parent_id = ?")
    given(
        wanted.q,
        "(strpos(p.title, ?) > 0 OR strpos(p.number, ?) > 0 OR strpos(coalesce(s.applicant, ''), ?) > 0)",
    )
    if wanted.only:
        parts.append(_ONLY[wanted.only])
    return " AND ".join(parts), values


def _tab(context: _Context, tab: Tab, values: list[Any]) -> str:
    def mine() -> str:
        return context.todo.condition(values)

    def until(day: date) -> str:
        values.append(day)
        return f"{_DUE} {{}} ${len(values)}"

    if tab == "all":
        return "true"
    if tab == "done":
        return "p.ended"
    if tab == "waiting":
        return f"NOT p.ended AND NOT {mine()}"
    if tab == "mine":
        return mine()
    if tab == "overdue":
        return f"NOT p.ended AND {until(context.today).format('<')}"
    between = f"{until(context.today).format('>=')} AND {until(context.today + SOON).format('<=')}"
    return f"NOT p.ended AND {between}"


def _order(wanted: ListQuery) -> str:
    if wanted.tab == "done":
        return "p.entered_on DESC, p.number DESC"
    return f"{_DUE} NULLS LAST, p.number"


async def _counts(
    tx: Transaction, services: WebServices, context: _Context, wanted: ListQuery, actor: Actor
) -> dict[str, int]:
    """How many rows each tab has, in one pass; whether a row is the person's own is asked once for each."""
    base = msgspec.structs.replace(wanted, tab="all")
    where, values = _conditions(context, base, visible_to(tx, services.authorizer, actor))
    own = f"CROSS JOIN LATERAL (SELECT {context.todo.condition(values)} AS own OFFSET 0) t"
    others: tuple[Tab, ...] = ("due", "overdue", "done", "all")
    tabs = {tab: _tab(context, tab, values) for tab in others}
    tabs |= {"mine": "t.own", "waiting": "NOT p.ended AND NOT t.own"}
    columns = ", ".join(f"count(*) FILTER (WHERE {held}) AS {tab}_n" for tab, held in tabs.items())
    row = await tx.fetchrow(f"SELECT {columns} FROM {_FROM} {own} WHERE {where}", *values)  # noqa: S608
    return {tab: row[f"{tab}_n"] for tab in tabs} if row else {}


def _row(context: _Context, row: Any, names: dict[str, str]) -> Row:
    spec = context.runtime.procedures.procedures.get(row["procedure"])
    stage = spec.stages.get(row["state"]) if spec else None
    what, due = first_due(context.runtime, stage, row)
    text, urgency = due_words(context.runtime, due, tuple(row["uncertain_years"]), context.today)
    text = f"{what}：{text}" if what else text
    return Row(
        row["id"], row["kind"], row["number"], row["title"], row["state"], stage.label if stage else row["state"],
        row["area_code"], names.get(row["area_code"], row["area_code"]), row["entered_on"],
        None if row["ended"] else due, "" if row["ended"] else text, "" if row["ended"] else urgency,
        tuple(sorted(row["marks"])), row["version"], row["ended"], row["applicant"] or "", row["group_name"] or "",
        row["persons"], row["parent_id"],
    )  # fmt: skip


def due_words(runtime: Runtime, due: date | None, uncertain: tuple[int, ...], today: date) -> tuple[str, str]:
    """A deadline as people say it, and how urgent it is."""
    if due is None:
        return _("没有期限"), ""
    left = remaining(Due(due, uncertain), today, runtime.calendar)
    return left.text, left.urgency
