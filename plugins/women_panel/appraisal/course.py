"""A comprehensive appraisal from opening to its sealed minutes.

open --opinions, signatures--> open --close--> minutes stored, the round's step `complete_appraisal` taken with them
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from core.sdk import Conflict, FieldError, Invalid, Refused, Transaction, local_date
from core.sdk.documents import qr_svg, typeset
from plugins.women_panel.appraisal import store, weighing
from plugins.women_panel.appraisal.sheet import appraisal_sheet
from plugins.women_panel.appraisal.store import Appraisal, Given, Participant, Stance
from plugins.women_panel.appraisal.weighing import AppraisalAnswer
from plugins.women_panel.minutes import book, sealing
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.recusal import demand_no_part
from plugins.women_panel.scene import Scene
from plugins.women_panel.sessions import a_round
from plugins.women_panel.sheets import PanelSheet

LEAST = 3
_NO_TAKER = "{} 不是没有账号的参加人；有账号的，由系统查亲属关系，不用填"


async def open_appraisal(scene: Scene, round_id: UUID, place: str, takers: Sequence[Participant]) -> UUID:
    """Begin with everybody who takes part. Raises Conflict, Refused, Invalid."""
    async with scene.platform.transaction() as tx:
        round_ = await a_round(scene, tx, round_id, lock=True)
        process = round_.view.process
        scene.demand(PanelAction.APPRAISE, process.area_code)
        if weighing.STAGE not in round_.spec.types_at(process.state):
            raise Conflict(
                "本村现在不在“综合评议”阶段。", source="整村认定流程", hint="请到整村看板看现在办到哪一步"
            )
        held = await store.of_round(tx, round_id)
        if any(known.closed_at is None for known in held):
            raise Conflict("本村已经有一次综合评议正在进行。", hint="请接着办那一次")
        _check(takers)
        made = Appraisal(
            uuid4(),
            round_id,
            len(held) + 1,
            process.area_code,
            place,
            scene.now,
            scene.actor.account_id,
            None,
        )
        await store.insert(tx, made, takers)
    return made.id


def _check(takers: Sequence[Participant]) -> None:
    names = [t.name for t in takers]
    twice = sorted({name for name in names if names.count(name) > 1})
    if len(takers) < LEAST:
        raise Invalid(
            "参加的人还不够",
            fields=(FieldError("participants", f"至少要有 {LEAST} 人，现在是 {len(takers)} 人"),),
        )
    if twice:
        raise Invalid(
            "参加的人列重了",
            fields=(FieldError("participants", f"{'、'.join(twice)} 列了两次；同名的请加注组别"),),
        )


async def give_opinion(scene: Scene, appraisal_id: UUID, case_id: UUID, stance: Stance, given: Given) -> None:
    """What the group came to on one household, and who stayed out of it. Raises Refused to kin, Conflict when the appraisal
    is over, Invalid for a name that is no participant's without an account."""
    async with scene.platform.transaction() as tx:
        held = await _running(scene, tx, appraisal_id)
        case = await scene.platform.outline(tx, case_id)
        if case.process.parent_id != held.round_id or case.process.ended:
            raise Invalid("这一户不在本轮", fields=(FieldError("case_id", "请从本轮各户里选"),))
        await demand_no_part(scene, tx, held.round_id, case)
        takers = await store.participants(tx, held.id)
        strangers = set(given.stayed_out) - {t.name for t in takers if t.account_id is None}
        if strangers:
            raise Invalid(
                "回避的人有误",
                fields=(FieldError("stayed_out", _NO_TAKER.format("、".join(sorted(strangers)))),),
            )
        await store.add_opinion(
            tx, scene.platform, held.id, case_id, stance, given, scene.now, scene.actor.account_id
        )


async def sign(scene: Scene, appraisal_id: UUID, digest: str) -> None:
    """A participant signs what she has read. Raises Conflict when it changed meanwhile, Refused to others."""
    async with scene.platform.transaction() as tx:
        held = await store.appraisal(tx, appraisal_id)
        scene.demand(PanelAction.VIEW, held.area_code)
        if held.closed_at is not None:
            raise sealing.already_sealed()
        if scene.actor.account_id not in {t.account_id for t in await store.participants(tx, held.id)}:
            raise Refused("您没有参加这次综合评议，不能签名。", source="评议规则")
        found = await weighing.whole(scene, tx, held.round_id)
        if found.digest != digest:
            raise Conflict("综合评议的记录在您打开以后有了改动。", hint="请重新看一遍，再签名")
        await book.put_signature(tx, held.id, scene.actor.account_id, digest, scene.now)


async def close(scene: Scene, appraisal_id: UUID, notes: str, papers: tuple[str, ...], address: str) -> str:
    """Seal the minutes and take the round's step with them; their SHA-256.

    `papers` are photographs of what was signed on paper. Raises Conflict while a household has no opinion.
    """
    async with scene.platform.transaction() as tx:
        held = await _running(scene, tx, appraisal_id)
        found = await weighing.whole(scene, tx, held.round_id)
        if found.left:
            raise Conflict(
                f"还有 {found.left} 户没有评议意见。", source="综合评议", hint="请逐户登记意见和理由"
            )
        signed = await book.signatures(tx, held.id, found.digest)
        missing = [t.name for t in found.participants if t.account_id not in signed]
        if missing and not papers:
            raise Conflict(
                f"还有 {len(missing)} 人没有签名：{'、'.join(missing[:6])}。", source="综合评议",
                hint="请他们在手机上签名；在纸上签的，请拍照上传签字的记录",
            )  # fmt: skip
        sheet = appraisal_sheet(
            found, notes, scene.platform.office, signed, scene.today, qr_svg(address), draft=False
        )
        sha256 = await scene.platform.store(tx, await typeset(sheet, scene.now), scene.actor.account_id)
        await book.keep(
            tx, held.id, held.round_id, "appraisal", found.digest, sha256, scene.now, scene.actor.account_id,
            weighing.sealed_content(scene.platform, found),
        )  # fmt: skip
        form = {"notes": notes, "present": len(found.participants), "minutes": [sha256, *papers]}
        await store.close(tx, held.id, scene.now)
        await scene.platform.act(tx, held.round_id, "complete_appraisal", form, actor=scene.actor)
    return sha256


async def as_pdf(scene: Scene, round_id: UUID, address: str) -> bytes:
    """The sealed minutes, or a draft; for kin of a household without it."""
    async with scene.platform.transaction() as tx:
        sealed, found, paper = await _as_filed(scene, tx, round_id, address)
        if sealed is not None and not any(line.hidden for line in found.lines):
            return await scene.platform.read(sealed.sha256)
    return await typeset(paper, scene.now)


async def as_word(scene: Scene, round_id: UUID, address: str) -> tuple[PanelSheet, bytes]:
    """The same in the district's own layout. Raises NotFound where it has none."""
    async with scene.platform.transaction() as tx:
        _, _, paper = await _as_filed(scene, tx, round_id, address)
        return paper, await scene.platform.in_own_layout(tx, "appraisal", paper, address)


async def _as_filed(
    scene: Scene, tx: Transaction, round_id: UUID, address: str
) -> tuple[book.Sealed | None, AppraisalAnswer, PanelSheet]:
    found = await weighing.for_actor(scene, tx, round_id)
    if found.id is None:
        raise Conflict("还没有开过综合评议。", hint="办到“综合评议”这一步时，由主持人登记参加的人")
    sealed = await book.sealed_of(tx, found.id)
    signed = await book.signatures(tx, found.id, found.digest)
    day = local_date(sealed.at) if sealed else scene.today
    draft = sealed is None
    return (
        sealed,
        found,
        appraisal_sheet(found, "", scene.platform.office, signed, day, qr_svg(address), draft=draft),
    )


async def _running(scene: Scene, tx: Transaction, appraisal_id: UUID) -> Appraisal:
    held = await store.appraisal(tx, appraisal_id, lock=True)
    scene.demand(PanelAction.APPRAISE, held.area_code)
    if held.closed_at is not None:
        raise sealing.already_sealed()
    return held
