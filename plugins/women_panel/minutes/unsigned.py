"""Who has not signed the minutes, and why: said by the host and witnessed by an observer, each on their own account.

Neither says it of themselves. What they say is bound to the very content that was not signed: when the minutes change, it
is said again. Kept as two signatures over the same statement, so that no new word of it can come from one of them alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from core.sdk import Conflict, Refused, Transaction
from plugins.women_panel.minutes.content import Content

Why = Literal["hand", "gone", "objects", "refuses"]
WHYS: dict[Why, str] = {
    "hand": "不识字或者不方便签",
    "gone": "已经离开，联系不上",
    "objects": "对记录有不同意见",
    "refuses": "不愿意签，没有说理由",
}
OBSERVER = "监督员"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Somebody who has not signed. `host` and `witness` are who says why; only both together stand."""

    why: Why
    host: UUID | None = None
    witness: UUID | None = None

    @property
    def stands(self) -> bool:
        return self.host is not None and self.witness is not None


def statement(digest: str, account: UUID, why: Why) -> str:
    """What host and observer sign: SHA-256 in hex over content, person and reason."""
    return hashlib.sha256(f"unsigned|{digest}|{account}|{why}".encode()).hexdigest()


def observers(content: Content) -> frozenset[UUID]:
    return frozenset(account for account, role, _ in content.signers if role == OBSERVER)


def check(content: Content, by: UUID, account: UUID, *, hosts: bool) -> None:
    """Raises Refused to who neither hosts nor watches, or speaks of themselves; Conflict for who need not sign."""
    if not hosts and by not in observers(content):
        raise Refused("只有主持人和监督员能记谁没有签名。", source="评议规则")
    if by == account:
        raise Refused(
            "自己没有签名，要由别人来记。", source="评议规则", hint="您可以签名，或请另一位监督员见证"
        )
    if account not in {signer for signer, _, _ in content.signers}:
        raise Conflict("这个人不用在会议记录上签名。", hint="请刷新页面，看还差谁")


async def of(tx: Transaction, subject_id: UUID, content: Content, digest: str) -> dict[UUID, Unsigned]:
    """What is said so far of `digest`, by person. Where host and observer gave different reasons neither stands."""
    about = {statement(digest, a, why): (a, why) for a, _, _ in content.signers for why in get_args(Why)}
    rows = await tx.fetch(
        """SELECT account_id, digest FROM women_panel_signature
           WHERE tenant_id = $1 AND subject_id = $2 AND digest = ANY($3) ORDER BY signed_at""",
        tx.tenant,
        subject_id,
        list(about),
    )
    watching, found = observers(content), dict[tuple[UUID, Why], Unsigned]()
    for row in rows:
        account, why = about[row["digest"]]
        known, by = found.get((account, why), Unsigned(why)), row["account_id"]
        host, witness = (known.host, by) if by in watching else (by, known.witness)
        found[account, why] = Unsigned(why, host, witness)
    told: dict[UUID, Unsigned] = {}
    for (account, _), one in found.items():
        if account not in told or one.stands:
            told[account] = one
    return told


def missing(
    content: Content, signed: Mapping[UUID, datetime], unsigned: Mapping[UUID, Unsigned]
) -> tuple[str, ...]:
    """The names of those who neither signed nor are accounted for."""
    return tuple(
        name
        for account, _, name in content.signers
        if account not in signed and not (account in unsigned and unsigned[account].stands)
    )


def demand_all(
    content: Content,
    signed: Mapping[UUID, datetime],
    unsigned: Mapping[UUID, Unsigned],
    papers: tuple[str, ...],
) -> None:
    """Raises Conflict while somebody is missing and no photograph shows what was signed on paper."""
    left = missing(content, signed, unsigned)
    if left and not papers:
        raise Conflict(
            f"还有 {len(left)} 人没有签名：{'、'.join(left[:6])}{'等' if len(left) > 6 else ''}。",
            source="会议记录",
            hint="请他们在手机上签；在纸上签的，上传签了字的记录照片；不能签或不愿签的，主持人记下原因、监督员见证",
        )
