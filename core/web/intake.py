"""Opening an application or a village round: the household is put on the register, then the engine opens the process."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from core.kernel import idempotency, sampling, store
from core.kernel.children import Opening
from core.kernel.engine import Receipt
from core.problems import Conflict, FieldError, Invalid, NotFound, Refused
from core.registry import resident_id, typed_drafts
from core.registry.people import HouseholdPrivate, PersonPrivate
from core.stages.round_opening import RoundPlan, SeedCommitment
from core.storage.database import Transaction
from core.web.applicants import Named, household_of, named_by_household, only_household

if TYPE_CHECKING:
    from core.web.services import WebServices

SELF = "本人"
RELATIONS = (
    "本人",
    "配偶",
    "子女",
    "父母",
    "祖父母",
    "孙子女",
    "兄弟姐妹",
    "儿媳",
    "女婿",
    "公婆",
    "岳父母",
    "其他",
)

Village = Annotated[
    str,
    Meta(
        title="村（社区）",
        pattern="^[0-9]{12}$",
        extra={"widget": "area", "message": "请从列表里选择村或社区"},
    ),
]


class MemberForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(title="姓名", min_length=2, max_length=50)]
    id_number: Annotated[str, Meta(title="身份证号", max_length=30, extra={"widget": "id_number"})]
    relation: Annotated[
        str, Meta(title="与申请人关系", max_length=20, extra={"widget": "suggest", "suggestions": RELATIONS})
    ]
    phone: Annotated[
        str, Meta(title="手机号", pattern="^(1[0-9]{10})?$", extra={"message": "请填写 11 位手机号"})
    ] = ""


class OpenCaseForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A household's application. The first member is the applicant."""

    area_code: Village
    members: Annotated[
        tuple[MemberForm, ...],
        Meta(title="家庭成员", description="第一位写申请人本人", min_length=1, max_length=30),
    ]
    group_name: Annotated[str, Meta(title="村民小组", description="例如 三组", max_length=30)] = ""
    address: Annotated[str, Meta(title="家庭住址", max_length=200)] = ""
    bank_account: Annotated[
        str, Meta(title="领款账号", max_length=40, pattern="^[0-9 ]*$", extra={"message": "账号只有数字"})
    ] = ""
    round: Annotated[UUID | None, Meta(title="整村认定", extra={"widget": "hidden"})] = None
    for_other: Annotated[bool, Meta(title="替别人家申请", extra={"widget": "hidden"})] = False


class OpenRoundForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A village round. `calendar` maps states to their planned last day; it warns, the law's deadlines bind."""

    area_code: Village
    calendar: Annotated[dict[str, date], Meta(title="日程", extra={"widget": "calendar"})] = {}


async def open_case(
    tx: Transaction, services: WebServices, actor: Any, form: OpenCaseForm, key: str | None = None
) -> Receipt:
    """Register the household and open its case. Raises Invalid, Refused, Conflict (it already has an open one).

    A repeated `key` gives the first answer again.
    """
    return await _once(tx, services, actor, form, key, lambda: _open_case(tx, services, actor, form))


async def open_round(
    tx: Transaction, services: WebServices, actor: Any, form: OpenRoundForm, key: str | None = None
) -> Receipt:
    """Prepare a round for a village: its calendar, and the sealed seed of its sample. `key` as for a case."""
    return await _once(tx, services, actor, form, key, lambda: _open_round(tx, services, actor, form))


async def _once(
    tx: Transaction,
    services: WebServices,
    actor: Any,
    form: msgspec.Struct,
    key: str | None,
    opening: Callable[[], Awaitable[Receipt]],
) -> Receipt:
    if key is None:
        return await opening()
    asked = idempotency.digest(None, type(form).__name__, form)
    await idempotency.alone(tx, f"key {actor.account_id} {key}")
    earlier = await idempotency.recall(tx, actor.account_id, key, asked)
    if earlier is not None:
        return msgspec.structs.replace(msgspec.json.decode(earlier, type=Receipt), repeated=True)
    receipt = await opening()
    answer = msgspec.json.encode(receipt)
    await idempotency.remember(tx, actor.account_id, key, asked, answer, services.clock())
    return receipt


async def _open_case(tx: Transaction, services: WebServices, actor: Any, form: OpenCaseForm) -> Receipt:
    people = _people(form)
    await idempotency.alone(tx, *(f"person {p.id_number}" for p in people))
    await _village(tx, form.area_code)
    if only_household(actor):
        named = await named_by_household(tx, services, actor, form, people)
        await typed_drafts.drop(tx, actor.account_id)
    else:
        ids = [
            await services.registry.put_person(tx, m.name, p)
            for m, p in zip(form.members, people, strict=True)
        ]
        named = Named(ids, await household_of(tx, ids[0]), actor)
    household = await services.registry.put_household(
        tx, form.area_code, form.group_name,
        list(zip(named.ids, (m.relation for m in form.members), strict=True)),
        HouseholdPrivate(form.address, form.bank_account), named.household, named.claims,
    )  # fmt: skip
    if form.round is not None:
        await _in_round(tx, services, form.round)
    opening = Opening(
        "case", form.area_code, form.members[0].name, subject_id=household, parent_id=form.round,
        marks=named.marks,
    )  # fmt: skip
    return await services.engine.open_in(tx, named.actor, opening)


async def _open_round(tx: Transaction, services: WebServices, actor: Any, form: OpenRoundForm) -> Receipt:
    await idempotency.alone(tx, f"round {form.area_code}")
    runtime = await services.runtimes.current(tx)
    procedure = runtime.procedures.round
    if procedure is None:
        raise Refused("本区没有启用整村认定。", hint="需要启用的，请联系区级系统管理员")
    name = await _village(tx, form.area_code)
    running = await tx.fetchval(
        "SELECT number FROM process WHERE tenant_id = $1 AND kind = 'round' AND area_code = $2 AND NOT ended",
        tx.tenant,
        form.area_code,
    )
    if running:
        raise Conflict(f"{name}已有一轮正在进行（{running}），请先办结")
    unknown = sorted(form.calendar.keys() - runtime.procedures.procedures[procedure].stages.keys())
    if unknown:
        raise Invalid(
            "日程里有不存在的环节", fields=tuple(FieldError(f"calendar.{s}", "没有这个环节") for s in unknown)
        )
    seed = secrets.token_bytes(sampling.SEED_BYTES)
    records = (
        RoundPlan(form.calendar),
        SeedCommitment(seed.hex(), sampling.commitment(seed), secrets.token_hex(32)),
    )
    opening = Opening("round", form.area_code, name, records=records)
    return await services.engine.open_in(tx, actor, opening)


def checked(form: OpenCaseForm) -> None:
    """What types alone can't say of the members. Raises Invalid naming every wrong one."""
    _people(form)


def _people(form: OpenCaseForm) -> list[PersonPrivate]:
    """Each member with a checked ID number. Raises Invalid naming every wrong one."""
    people: list[PersonPrivate] = []
    errors: list[FieldError] = []
    for n, member in enumerate(form.members):
        try:
            number = resident_id.parse(member.id_number)
        except ValueError as wrong:
            errors.append(FieldError(f"members.{n}.id_number", str(wrong)))
            continue
        if any(p.id_number == number.number for p in people):
            errors.append(FieldError(f"members.{n}.id_number", "这个身份证号前面已经填过了，请核对"))
        people.append(PersonPrivate(number.number, number.birth_date, number.sex, member.phone))
    if form.members[0].relation != SELF:
        errors.append(FieldError("members.0.relation", "第一位应当是申请人，请填“本人”"))
    if errors:
        raise Invalid("有几处需要改一下", fields=tuple(errors))
    return people


async def _village(tx: Transaction, code: str) -> str:
    """The village's name; Invalid when it is not one of this district's."""
    name: str | None = await tx.fetchval(
        """SELECT a.name FROM area a JOIN tenant t ON t.id = $1
           WHERE a.code = $2 AND starts_with(a.code, rtrim(left(t.code, 6), '0'))""",
        tx.tenant,
        code,
    )
    if name is None or code.endswith("000"):
        raise Invalid("没有这个村", fields=(FieldError("area_code", "请从列表里选择本区的村或社区"),))
    return name


async def _in_round(tx: Transaction, services: WebServices, round_id: UUID) -> None:
    """Raises Refused unless the round takes applications now."""
    parent = await store.load(tx, round_id)
    runtime = await services.runtimes.at(tx, parent.config_number)
    name = runtime.procedures.in_round
    if parent.kind != "round" or name is None:
        raise NotFound("没有找到这一轮整村认定")
    stage = runtime.spec(parent).stages[parent.state]
    if runtime.procedures.procedures[name].initial not in stage.opens:
        raise Refused(f"这一轮正处在“{stage.label}”，不再接受新的申请。", hint="可以按个案随时申请")
