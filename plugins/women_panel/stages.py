"""The panel's two stages of a village round: it is formed, then it meets.

    applications --form_panel--> panel formed --close_appraisal--> next step of the round
                                      └------reopen (disputed)---> back, everything stays on file

What the panel says is advisory: it never decides (SAL 5, 44; 57号 2).
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from core.sdk import Action, FieldError, Invalid, Outcome, Record, StageType, View
from core.sdk.household import REOPEN, Form, Papers, Photos, RoundNote, StepForm, district
from plugins.women_panel.config import PanelConfig


class PanelForm(Form, frozen=True):
    members: Annotated[
        tuple[UUID, ...], Meta(title="当选成员", min_length=1, max_length=60, extra={"widget": "accounts"})
    ]
    observers: Annotated[
        tuple[UUID, ...],
        Meta(title="监督员", description="乡镇、村民小组，以及至少一名没有申请的村民", min_length=1, max_length=20,
             extra={"widget": "accounts"}),
    ]  # fmt: skip
    attendance: Annotated[int, Meta(title="到会人数", ge=1, le=20000, extra={"unit": "人"})]
    photos: Photos = ()
    minutes: Papers = ()


class PanelFormation(Record, frozen=True):
    members: tuple[UUID, ...]
    observers: tuple[UUID, ...]
    attendance: int
    photos: tuple[str, ...] = ()
    minutes: tuple[str, ...] = ()


def config_of(view: View) -> PanelConfig:
    """The district's panel settings in the version this round was opened under."""
    found = district(view).plugin_config.get("women_panel")
    return found if isinstance(found, PanelConfig) else PanelConfig()


def form_panel(view: View, form: PanelForm) -> Outcome:
    errors = tuple(_wrong_lists(config_of(view), form))
    if errors:
        raise Invalid("小组名单还要改一下", fields=errors)
    record = PanelFormation(form.members, form.observers, form.attendance, form.photos, form.minutes)
    return Outcome(
        "formed", (record,), basis=f"选出评议小组 {len(form.members)} 人，监督员 {len(form.observers)} 人",
        evidence=(*form.photos, *form.minutes),
    )  # fmt: skip


def _wrong_lists(config: PanelConfig, form: PanelForm) -> list[FieldError]:
    found = []
    members, observers = set(form.members), set(form.observers)
    if len(members) != len(form.members) or members & observers:
        found.append(FieldError("members", "同一个人只能列一次，也不能既是成员又是监督员"))
    if not config.size_min <= len(members) <= config.size_max:
        found.append(
            FieldError(
                "members", f"小组要有 {config.size_min}–{config.size_max} 人，现在选了 {len(members)} 人"
            )
        )
    if len(observers) < config.observers_min:
        found.append(
            FieldError("observers", f"至少要有 {config.observers_min} 名监督员，现在选了 {len(observers)} 名")
        )
    return found


def close_appraisal(_: View, form: StepForm) -> Outcome:
    return Outcome("completed", (RoundNote("close_appraisal", form.notes),), basis="评议完毕")


PANEL_FORMATION = StageType(
    "panel_formation",
    "组建评议小组",
    (Action("form_panel", "登记评议小组", form_panel, PanelForm, ("formed",), primary=True),),
    (PanelFormation,),
    kind="round",
    owner="women_panel",
)
PANEL_MEETING = StageType(
    "panel_meeting",
    "小组评议",
    (
        Action(
            "close_appraisal", "评议完毕", close_appraisal, StepForm, ("completed",), primary=True,
            help="每一户都有评议结果，或者记明没有达到法定人数之后，才能进入下一步",
        ),
        REOPEN,
    ),
    kind="round",
    owner="women_panel",
)  # fmt: skip

STAGES = (PANEL_FORMATION, PANEL_MEETING)
