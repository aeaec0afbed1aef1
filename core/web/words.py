"""How time, money and other values are said on pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.clock import CHINA, local_date
from core.web.i18n import current_language, gettext


def day(value: date | datetime | None) -> str:
    """`2026-09-10`, for tables; an instant is the day in China."""
    if value is None:
        return "—"
    return (local_date(value) if isinstance(value, datetime) else value).isoformat()


def day_cn(value: date | datetime) -> str:
    """`2026年9月10日`, for sentences."""
    found = local_date(value) if isinstance(value, datetime) else value
    if current_language() != "zh":
        return found.isoformat()
    return f"{found.year}年{found.month}月{found.day}日"


def moment(value: datetime) -> str:
    """`2026-09-10 14:05`, China time."""
    return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def yuan(value: Decimal | int | str | None) -> str:
    """`1,055.00`: two decimals, thousands separated; the unit stands beside it."""
    return "—" if value is None or value == "" else f"{Decimal(value):,.2f}"


def plain(value: Any) -> str:
    """A value of a record as text, whatever it is."""
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Decimal):
        return yuan(value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return "、".join(plain(item) for item in value)
    return str(getattr(value, "label", value))
