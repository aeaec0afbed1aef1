"""After acceptance: near relatives among staff and the village committee are put on file, then investigation starts.

accepted --declare_relatives--> accepted --start_investigation--> investigating
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from core.kernel.stage import Action, Blocked, Effect, Outcome, Record, StageType, View
from core.problems import FieldError, Invalid
from core.stages.context import case_subject
from core.stages.fields import Form, Notes

RELATIONS = {
    "spouse": "配偶",
    "parent": "父母",
    "child": "子女",
    "sibling": "兄弟姐妹",
    "grandparent": "祖父母、外祖父母",
    "grandchild": "孙子女、外孙子女",
}


OFFICES = {"staff": "经办人员", "committee": "村（居）委会成员", "panel": "评议小组成员"}


class RelativeLine(Form, frozen=True):
    """`relative` is the <relation> of `member`. `account`: the relative's account, where there is one.

    Kin of staff and of the village committee puts a case on file; kin on the panel only keeps that member out of it.
    """

    member: Annotated[UUID, Meta(title="家庭成员", extra={"widget": "member"})]
    relative: Annotated[str, Meta(title="近亲属姓名", min_length=2, max_length=50)]
    relation: Annotated[
        Literal["spouse", "parent", "child", "sibling", "grandparent", "grandchild"],
        Meta(title="是该成员的", extra={"labels": RELATIONS}),
    ]
    position: Annotated[
        str, Meta(title="职务", description="例如 村委会委员、乡镇民政办经办人", max_length=60)
    ]
    account: Annotated[
        UUID | None, Meta(title="对应账号", extra={"widget": "account", "office": "known"})
    ] = None
    office: Annotated[
        Literal["staff", "committee", "panel"], Meta(title="属于", extra={"labels": OFFICES})
    ] = "staff"


class DeclareForm(Form, frozen=True):
    none: Annotated[bool, Meta(title="没有近亲属是经办人员、村委会或评议小组成员")] = False
    relatives: Annotated[tuple[RelativeLine, ...], Meta(title="近亲属", max_length=20)] = ()


class StartForm(Form, frozen=True):
    notes: Notes = ""


class RelativeDeclaration(Record, frozen=True):
    relatives: tuple[RelativeLine, ...] = ()


class RelativeRegistration(Record, frozen=True):
    """What was found by computing over declared relations when investigation started."""

    lines: tuple[str, ...] = ()


class InvestigationStart(Record, frozen=True):
    notes: str = ""


@dataclass(frozen=True, slots=True)
class DeclareKin(Effect):
    """Declared relations to enter into the kinship register (only direct ones can be entered)."""

    lines: tuple[RelativeLine, ...]


def declare(_: View, form: DeclareForm) -> Outcome:
    if form.none is bool(form.relatives):
        raise Invalid(
            "请说明近亲属情况",
            fields=(FieldError("relatives", "有近亲属的逐人填写；没有的请勾选“没有”，两者只选其一"),),
        )
    flagged = any(line.office != "panel" for line in form.relatives)
    marks = frozenset({"relative_flag"}) if flagged else frozenset()
    return Outcome(
        records=(RelativeDeclaration(form.relatives),), effects=(DeclareKin(form.relatives),), add_marks=marks,
        basis=f"近亲属备案 {len(form.relatives)} 人",
    )  # fmt: skip


def declared(view: View) -> Blocked | None:
    if view.records.last(RelativeDeclaration):
        return None
    return Blocked("还没有填写近亲属备案。", "57号 11", "请先“近亲属备案”，没有的也要声明")


def start(view: View, form: StartForm) -> Outcome:
    found = tuple(f"{k.member}的{k.relation}{k.relative}是{k.position}" for k in case_subject(view).staff_kin)
    records: tuple[Record, ...] = (InvestigationStart(form.notes),)
    if found:
        records = (*records, RelativeRegistration(found))
    return Outcome(
        "started", records, add_marks=frozenset({"relative_flag"}) if found else frozenset(),
        basis="开始调查" + ("；经比对，列入近亲属备案" if found else ""),
    )  # fmt: skip


INVESTIGATION_START = StageType(
    "investigation_start",
    "受理后准备",
    (
        Action("declare_relatives", "近亲属备案", declare, DeclareForm, always=True, primary=True),
        Action("start_investigation", "开始调查", start, StartForm, ("started",), declared, primary=True),
    ),
    (RelativeDeclaration, RelativeRegistration, InvestigationStart),
)
