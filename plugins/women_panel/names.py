"""How people and dates are written on the panel's pages and papers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from core.sdk import Colleague

GONE = "（账号已停用）"


def name_of(known: Mapping[UUID, Colleague], account: UUID) -> str:
    """An account's name among those that are known; what stands instead of one that has ended."""
    return known[account].name if account in known else GONE


def day_cn(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
