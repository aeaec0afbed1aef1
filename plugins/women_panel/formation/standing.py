"""What speaks against the accounts behind nominees: another person's name, or an office that later judges the same households."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from uuid import UUID

from core.sdk import Platform, Transaction, Veto
from plugins.women_panel.config import PanelConfig
from plugins.women_panel.formation.elections import RULE

DUTIES = "职责分离（全案）"


def same_name(nominee: str, account: str) -> bool:
    """Whether both name one person: namesakes in a village are told apart by what stands in brackets, “王秀英（二组）”."""
    return _plain(nominee) == _plain(account)


def _plain(name: str) -> str:
    return re.sub(r"\s", "", re.split(r"[（(]", name)[0])


async def another_person(platform: Platform, tx: Transaction, named: Mapping[str, UUID]) -> Veto | None:
    """Whoever was voted for sits, nobody else: each account is active and bears the name that stood on the ballot."""
    known = await platform.colleagues(tx, named.values())
    ended = [name for name, account in named.items() if account not in known]
    others = [
        f"{name}（账号是{known[account].name}的）"
        for name, account in named.items()
        if account in known and not same_name(name, known[account].name)
    ]
    if not ended and not others:
        return None
    said = [f"账号和被提名的人不是同一个名字：{'、'.join(others)}"] if others else []
    said += [f"账号已经停用或者不存在：{'、'.join(ended)}"] if ended else []
    return Veto(
        f"{'；'.join(said)}。", RULE,
        "请在“登记提名”里填她本人的账号；已经登记了推选结果的，请重新发布公告，再登记提名和推选结果",
    )  # fmt: skip


async def serving(
    platform: Platform, tx: Transaction, config: PanelConfig, area: str, accounts: Collection[UUID]
) -> list[str]:
    """Names of those who hold an office of `excluded_roles` for this village."""
    found: dict[UUID, str] = {}
    for role in config.excluded_roles:
        found |= {
            someone.id: someone.name
            for someone in await platform.serving(tx, role, area)
            if someone.id in accounts
        }
    return sorted(found.values())


async def in_office(
    platform: Platform, tx: Transaction, config: PanelConfig, area: str, accounts: Collection[UUID]
) -> Veto | None:
    """Whoever later reviews or decides has no vote before."""
    both = await serving(platform, tx, config, area, accounts)
    if not both:
        return None
    return Veto(
        f"经办、审核这些家庭的人不能参加评议小组：{'、'.join(both)}。", DUTIES,
        "请在“登记提名”里把她们记为本人不同意，重新登记推选结果；或者先调整她们的岗位",
    )  # fmt: skip
