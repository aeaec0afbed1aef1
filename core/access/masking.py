"""The one module that masks, and the record of every look at what is behind a mask.

Masked is the default everywhere; the full value is shown to those whose task needs it, for a case and a purpose, and
each look is logged (社会救助法 70: querying personal data unrelated to an application is punishable).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from core.access import access_log
from core.access.access_log import Event
from core.access.authorizer import Actor
from core.problems import FieldError, Invalid
from core.storage.database import Transaction

STAR = "*"
MIN_PURPOSE = 4


class Sensitive(StrEnum):
    """Sensitive personal data (个人信息保护法 28) that has a masked form."""

    NAME = "name"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    BANK_ACCOUNT = "bank_account"
    ADDRESS = "address"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Sensitive.NAME: "姓名",
    Sensitive.ID_NUMBER: "身份证号",
    Sensitive.PHONE: "手机号",
    Sensitive.BANK_ACCOUNT: "银行账号",
    Sensitive.ADDRESS: "住址",
}
_SHOWN = {Sensitive.ID_NUMBER: (6, 4), Sensitive.PHONE: (3, 4), Sensitive.BANK_ACCOUNT: (0, 4)}
"""Characters left readable at start and end."""

_DOUBLE_SURNAMES = frozenset(
    "欧阳 司马 上官 诸葛 司徒 东方 尉迟 公孙 慕容 令狐 皇甫 宇文 长孙 夏侯 轩辕 端木 南宫 独孤 呼延 闻人".split()  # noqa: SIM905
)


def mask(kind: Sensitive, value: str) -> str:
    """The value as it may be shown to anybody on the case; never longer, and of the same length where length tells nothing."""
    if kind is Sensitive.NAME:
        return mask_name(value)
    if kind is Sensitive.ADDRESS:
        return f"{value[:6]}{STAR * 4}" if len(value) > 6 else STAR * len(value)
    return _middle(value, *_SHOWN[kind])


def mask_id_number(value: str) -> str:
    """`620802********0011`: the birth date is hidden."""
    return mask(Sensitive.ID_NUMBER, value)


def mask_phone(value: str) -> str:
    """`138****5678`."""
    return mask(Sensitive.PHONE, value)


def mask_bank_account(value: str) -> str:
    """The last four digits."""
    return mask(Sensitive.BANK_ACCOUNT, value)


def mask_name(value: str) -> str:
    """The family name and a star for each further character: `张*`, `欧阳*`."""
    kept = 2 if value[:2] in _DOUBLE_SURNAMES and len(value) > 2 else 1
    return value[:kept] + STAR * (len(value) - kept)


def _middle(value: str, start: int, end: int) -> str:
    """A value too short to hide something in its middle is hidden altogether."""
    hidden = len(value) - start - end
    if hidden < 4:
        return STAR * len(value)
    return value[:start] + STAR * hidden + value[-end:]


async def log_look(
    tx: Transaction,
    actor: Actor,
    process_id: UUID,
    purpose: str,
    fields: Collection[Sensitive],
    at: datetime,
) -> None:
    """Keep who looked at what of which case, and what for. Raises Invalid without a purpose: then nothing is shown."""
    if len(purpose.strip()) < MIN_PURPOSE:
        raise Invalid(
            "查看敏感信息前请写明用途",
            source="社会救助法 70",
            fields=(FieldError("purpose", f"请用至少 {MIN_PURPOSE} 个字写明为什么要看"),),
        )
    await access_log.record(
        tx, at, Event.LOOKED, account=actor.account_id, process=process_id, purpose=purpose.strip(),
        fields=sorted(str(f) for f in fields),
    )  # fmt: skip
