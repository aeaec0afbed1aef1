"""Signing and sealing minutes: people sign the digest of the content; sealed once, the PDF is evidence and stays as it is.

draft --signatures; why somebody did not--> draft --seal--> sealed: PDF stored, its SHA-256 in the round's hash-chained journal

Everybody who was there signs on the phone, or on paper of which a photograph is kept, or is accounted for (`unsigned`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from core.sdk import Conflict, Refused, Transaction
from core.sdk.documents import qr_svg, typeset
from plugins.women_panel import agendas, records
from plugins.women_panel.minutes import book, kept, unsigned
from plugins.women_panel.minutes.content import Content, content_of
from plugins.women_panel.minutes.filed import MinutesForm
from plugins.women_panel.minutes.kept import Kept
from plugins.women_panel.minutes.sheet import Signs, minutes_sheet
from plugins.women_panel.names import GONE, day_cn
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.records import Session
from plugins.women_panel.recusal import kept_out
from plugins.women_panel.scene import Scene, meets
from plugins.women_panel.sheets import PanelSheet


async def sign(scene: Scene, session_id: UUID, digest: str) -> None:
    """Sign the minutes one has read. Raises Conflict when they changed meanwhile, or are sealed, or the session runs."""
    async with scene.platform.transaction() as tx:
        session = await _unsealed(scene, tx, session_id)
        content = await content_of(scene, tx, session)
        if scene.actor.account_id not in {account for account, _, _ in content.signers}:
            raise Refused("您没有参加这次评议会，不能签名。", source="评议规则")
        if content.digest != digest:
            raise Conflict("会议记录在您打开以后有了改动。", hint="请重新看一遍，再签名")
        await book.put_signature(tx, session.id, scene.actor.account_id, digest, scene.now)


async def attest(scene: Scene, session_id: UUID, account: UUID, why: unsigned.Why, digest: str) -> None:
    """Say why somebody did not sign: the host, and an observer as witness. Raises Refused, Conflict."""
    async with scene.platform.transaction() as tx:
        session = await _unsealed(scene, tx, session_id)
        content, me = await content_of(scene, tx, session), scene.actor.account_id
        unsigned.check(content, me, account, hosts=scene.may(PanelAction.HOST, session.area_code))
        if content.digest != digest:
            raise Conflict("会议记录在您打开以后有了改动。", hint="请重新看一遍，再记")
        if account in await book.signatures(tx, session.id, digest):
            raise Conflict("这个人已经签了名。", hint="请刷新页面")
        await book.put_signature(tx, session.id, me, unsigned.statement(digest, account, why), scene.now)


async def _unsealed(scene: Scene, tx: Transaction, session_id: UUID) -> Session:
    """A session that is over and whose minutes may still be signed, held against sealing. Raises Conflict, Refused."""
    session = await records.session(tx, session_id, "share")
    scene.demand(PanelAction.VIEW, session.area_code)
    _over(session)
    if await book.sealed_of(tx, session.id):
        raise already_sealed()
    return session


async def seal(scene: Scene, session_id: UUID, address: str, papers: tuple[str, ...] = ()) -> str:
    """Seal the minutes of a session that is over; their SHA-256. Sealing twice gives the same.

    `address` is where they can be looked at: printed as QR code; `papers` are photographs of what was signed on paper.
    Raises Conflict while somebody's signature is missing and nobody said why; Refused.
    """
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, session_id, "update")
        scene.demand(PanelAction.HOST, session.area_code)
        _over(session)
        known = await book.sealed_of(tx, session.id)
        if known is not None:
            return known.sha256
        round_ = await scene.platform.situation(tx, session.round_id)
        if not meets(round_):
            raise Conflict("本村已经离开“小组评议”阶段，会议记录不能再定稿。", source="整村认定流程",
                           hint="请先退回“小组评议”，或保留有签字的纸质记录")  # fmt: skip
        content = await content_of(scene, tx, session)
        signed = await book.signatures(tx, session.id, content.digest)
        told = await unsigned.of(tx, session.id, content, content.digest)
        unsigned.demand_all(content, signed, told, papers)
        signs = await _signs(scene, tx, content, signed, told, papers)
        whole = Kept(content, signs, day_cn(scene.today))
        data = await typeset(_paper(scene, whole, address, draft=False), scene.now)
        sha256 = await scene.platform.store(tx, data, scene.actor.account_id)
        await book.keep(
            tx, session.id, session.round_id, "session", content.digest, sha256, scene.now, scene.actor.account_id,
            kept.sealed_up(scene.platform, session.id, whole),
        )  # fmt: skip
        form = MinutesForm(
            content.number, content.digest, sha256, len(signed), scene.actor.account_id, len(signs.unsigned), papers
        )  # fmt: skip
        await scene.platform.act(tx, session.round_id, "file_minutes", form)
        return sha256


async def as_pdf(scene: Scene, session_id: UUID, address: str) -> bytes:
    """The sealed file; a draft before; for kin of a household an extract without it. Raises NotFound, Refused."""
    async with scene.platform.transaction() as tx:
        session, sealed, out = await _asked_for(scene, tx, session_id)
        if sealed is not None and not out:
            return await scene.platform.read(sealed.sha256)
        paper = await _as_it_stands(scene, tx, session, sealed, out, address)
    return await typeset(paper, scene.now)


async def as_word(scene: Scene, session_id: UUID, address: str) -> tuple[PanelSheet, bytes]:
    """The same in the district's own layout: a copy, what people signed is the PDF. Raises NotFound where it has none."""
    async with scene.platform.transaction() as tx:
        paper = await _as_it_stands(scene, tx, *await _asked_for(scene, tx, session_id), address)
        return paper, await scene.platform.in_own_layout(tx, "minutes", paper, address)


async def _asked_for(
    scene: Scene, tx: Transaction, session_id: UUID
) -> tuple[Session, book.Sealed | None, frozenset[UUID]]:
    session = await records.session(tx, session_id)
    scene.demand(PanelAction.VIEW, session.area_code)
    return session, await book.sealed_of(tx, session.id), await kept_from(scene, tx, session)


async def _as_it_stands(
    scene: Scene, tx: Transaction, session: Session, sealed: book.Sealed | None, out: Collection[UUID], address: str
) -> PanelSheet:  # fmt: skip
    whole = kept.opened(scene.platform, session.id, sealed) or await _now(scene, tx, session, sealed)
    return _paper(scene, whole, address, out, draft=sealed is None)


async def _now(scene: Scene, tx: Transaction, session: Session, sealed: book.Sealed | None) -> Kept:
    """What the minutes would say today: a draft, or an extract where a former version kept the sealed file alone."""
    content = await content_of(scene, tx, session)
    digest = sealed.digest if sealed else content.digest
    signed = await book.signatures(tx, session.id, digest)
    told = await unsigned.of(tx, session.id, content, digest)
    return Kept(content, await _signs(scene, tx, content, signed, told, ()), day_cn(scene.today))


async def kept_from(scene: Scene, tx: Transaction, session: Session) -> frozenset[UUID]:
    """The households of a session whose results the actor, as kin, does not see."""
    recusals, me = await agendas.recusals(tx, session.id), scene.actor.account_id
    found = {case for case, members in recusals.items() if me in members}
    return (await kept_out(scene, tx, session.round_id)).union(found)


async def _signs(
    scene: Scene,
    tx: Transaction,
    content: Content,
    signed: Mapping[UUID, datetime],
    told: Mapping[UUID, unsigned.Unsigned],
    papers: tuple[str, ...],
) -> Signs:
    standing = {account: one for account, one in told.items() if one.stands and account not in signed}
    people = {by for one in standing.values() for by in (one.host, one.witness) if by}
    known = await scene.platform.colleagues(tx, people)
    names = {account: colleague.name for account, colleague in known.items()}
    whys = {
        account: f"{unsigned.WHYS[one.why]}（{_name(names, one.host)}记，监督员{_name(names, one.witness)}见证）"
        for account, one in standing.items()
    }
    return Signs(signed, whys, papers)


def _name(names: Mapping[UUID, str], account: UUID | None) -> str:
    return names.get(account, GONE) if account else ""


def _paper(scene: Scene, whole: Kept, address: str, out: Collection[UUID] = (), *, draft: bool) -> PanelSheet:
    return minutes_sheet(
        whole.content.without(out), scene.platform.office, whole.signs, dated=whole.dated, draft=draft,
        qr=qr_svg(address) if address else "", digest=whole.content.digest,
    )  # fmt: skip


def already_sealed() -> Conflict:
    return Conflict("会议记录已经定稿，不能再改。", hint="有不同意见请向乡镇反映")


def _over(session: Session) -> None:
    if session.state != "closed":
        raise Conflict("评议会还没有散会，会议记录还会变。", hint="散会以后再签名、定稿")
