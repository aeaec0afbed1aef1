"""A village round is prepared with its calendar and the sealed seed of its sample, then the village is told.

    prepared --record_mobilisation--> mobilised --open_applications--> applications_open --close_applications--> …

Applications come in two ways: new ones, and households on the rolls as re-appraisal, whose benefit goes on unchanged.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from core.kernel.children import OpenChild, Opening
from core.kernel.stage import Action, Blocked, Outcome, Record, StageType, View
from core.problems import FieldError, Invalid
from core.stages.context import round_subject
from core.stages.fields import Form, Notes, Papers, Photos, Sentence


class RoundPlan(Record, frozen=True):
    """Planned last days of the round's stages, by state. They warn; the law's own deadlines bind."""

    calendar: dict[str, date] = {}


class SeedCommitment(Record, frozen=True):
    """The sample's seed, sealed in the file; only its SHA-256 is public until the draw.

    `salt` never is: it keeps numbers from being tried against the hash of the must-visit cases. Empty in old rounds.
    """

    seed: str
    commitment: str
    salt: str = ""


class MobilisationForm(Form, frozen=True):
    held_on: Annotated[date, Meta(title="召开日期")]
    place: Annotated[str, Meta(title="地点", min_length=2, max_length=100)]
    agenda: Annotated[tuple[Sentence, ...], Meta(title="议程", min_length=1, max_length=20)]
    households: Annotated[int, Meta(title="到会户数", ge=1, le=5000, extra={"unit": "户"})]
    households_total: Annotated[int, Meta(title="全村户数", ge=1, le=5000, extra={"unit": "户"})]
    photos: Annotated[Photos, Meta(title="会场照片", min_length=1, extra={"widget": "photos"})]
    materials: Annotated[
        tuple[Sentence, ...], Meta(title="发放的材料", description="明白纸、政策手册等", max_length=20)
    ] = ()
    questions: Annotated[
        str, Meta(title="村民问了什么、怎么答的", max_length=3000, extra={"widget": "textarea"})
    ] = ""
    sign_in: Annotated[Papers, Meta(title="签到册照片", extra={"widget": "photos"})] = ()


class OpenForm(Form, frozen=True):
    notes: Notes = ""


class CloseForm(Form, frozen=True):
    notes: Notes = ""


class ImportForm(Form, frozen=True):
    """Nothing to fill in: every household on the village's rolls gets a re-appraisal case."""


class Mobilisation(Record, frozen=True):
    held_on: date
    place: str
    agenda: tuple[str, ...]
    households: int
    households_total: int
    photos: tuple[str, ...]
    materials: tuple[str, ...] = ()
    questions: str = ""
    sign_in: tuple[str, ...] = ()
    households_there: tuple[UUID, ...] = ()
    """Households of the village's list that signed in that day; empty where no sign-in was taken."""


class RoundNote(Record, frozen=True):
    """A step of the round with what was noted at it."""

    step: str
    notes: str = ""


def signed_in(view: View) -> dict[str, object]:
    """What the latest sign-in says already: the day, who came, of how many."""
    subject = round_subject(view)
    if not subject.sign_ins:
        return {}
    held_on, there = subject.sign_ins[0]
    return {
        "held_on": held_on.isoformat(),
        "households": str(len(there)),
        "households_total": str(subject.listed),
    }


def record_mobilisation(view: View, form: MobilisationForm) -> Outcome:
    """Raises Invalid where the count is not what was signed in that day."""
    attended = dict(round_subject(view).sign_ins).get(form.held_on, ())
    if attended and form.households != len(attended):
        message = f"这一天签到的是 {len(attended)} 户；签到有出入的，先到“政策宣传”里改签到"
        raise Invalid("到会户数和签到对不上", fields=(FieldError("households", message),))
    if form.households > form.households_total:
        raise Invalid("户数要改一下", fields=(FieldError("households", "到会户数不能多于全村户数"),))
    fields = {name: getattr(form, name) for name in form.__struct_fields__}
    basis = f"{form.held_on} 召开动员大会，到会 {form.households} 户（全村 {form.households_total} 户）"
    return Outcome(
        "mobilised", (Mobilisation(**fields, households_there=attended),),
        basis=f"{basis}，逐户签到" if attended else basis, evidence=(*form.photos, *form.sign_in),
    )  # fmt: skip


def note(outcome: str, basis: str) -> Outcome:
    return Outcome(outcome, (RoundNote(outcome),), basis=basis)


def open_applications(_: View, form: OpenForm) -> Outcome:
    return Outcome("opened", (RoundNote("opened", form.notes),), basis="开始接受申请")


def import_existing(view: View, _: ImportForm) -> Outcome:
    subject = round_subject(view)
    openings = tuple(
        OpenChild(
            Opening(
                "case", view.process.area_code, name, subject_id=household, parent_id=view.process.id,
                marks=frozenset({"existing"}),
            )
        )
        for household, name in subject.on_rolls
    )  # fmt: skip
    return Outcome(
        records=(RoundNote("imported"),), effects=openings, basis=f"在册 {len(openings)} 户列入复评，待遇照发"
    )


def somebody_on_rolls(view: View) -> Blocked | None:
    if round_subject(view).on_rolls:
        return None
    return Blocked("本村在册户都已列入这一轮。")


def close_applications(view: View, form: CloseForm) -> Outcome:
    cases = round_subject(view).cases
    existing = sum(c.existing for c in cases)
    return Outcome(
        "closed", (RoundNote("closed", form.notes),),
        basis=f"申请截止：新申请 {len(cases) - existing} 户，复评 {existing} 户",
    )  # fmt: skip


def all_imported(view: View) -> Blocked | None:
    left = len(round_subject(view).on_rolls)
    if not left:
        return None
    return Blocked(f"还有 {left} 户在册家庭没有列入复评。", "整村认定流程", "请先“列入在册户复评”")


MOBILISATION = StageType(
    "mobilisation",
    "动员大会",
    (
        Action(
            "record_mobilisation", "记录动员大会", record_mobilisation, MobilisationForm, ("mobilised",), primary=True,
            prefill=signed_in, help="先在“政策宣传”里逐户签到，这里的日期和户数会自动填好。",
        ),
    ),
    (RoundPlan, SeedCommitment, Mobilisation, RoundNote),
    kind="round",
)  # fmt: skip

OPENING = StageType(
    "opening",
    "开放申请",
    (Action("open_applications", "开始接受申请", open_applications, OpenForm, ("opened",), primary=True),),
    kind="round",
)

APPLICATIONS = StageType(
    "applications",
    "受理申请",
    (
        Action("import_existing", "列入在册户复评", import_existing, ImportForm, guard=somebody_on_rolls),
        Action(
            "close_applications", "截止申请", close_applications, CloseForm, ("closed",), all_imported, primary=True,
            consequence="这一轮不再增加新的户；以后的申请按个案办理，不受影响。",
        ),
    ),
    kind="round",
)  # fmt: skip
