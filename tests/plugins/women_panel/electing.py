"""The steps of forming a panel one by one, as tests of it take them."""

from __future__ import annotations

from typing import Any

import httpx

from tests.builders.installation import Somebody
from tests.plugins.women_panel.village import Village

SEATS = 11


async def do(
    village: Village, action: str, form: dict[str, Any], who: Somebody | None = None
) -> httpx.Response:
    return await village.act(who or village.host, f"rounds/{village.round_id}", action, form)


async def nominated(village: Village, extra: Somebody | None = None) -> None:
    """A notice, then the eleven members, a cadre nobody may elect, a man, one who declined, and a substitute to be."""
    held = {"held_on": village.today.isoformat(), "nominate_until": village.today.isoformat()}
    notice = await do(village, "announce_election", held | {"place": "村委会", "seats": SEATS})
    assert notice.status_code == 200, notice.text
    nominees: list[dict[str, Any]] = [
        {"name": m.actor.name, "nominated_by": "一组", "answer": "accepted", "account": str(m.id)}
        for m in village.members
    ]
    nominees += [
        {"name": "王主任", "nominated_by": "二组", "answer": "accepted", "posts": ["水桥村村委会主任"]},
        {"name": "张大哥", "nominated_by": "二组", "answer": "accepted", "sex": "male"},
        {"name": "李婉拒", "nominated_by": "二组", "answer": "declined"},
    ]
    if extra is not None:
        nominees.append(
            {"name": "候补一", "nominated_by": "自荐", "answer": "accepted", "account": str(extra.id)}
        )
    answer = await do(village, "nominate", {"nominees": nominees})
    assert answer.status_code == 200, answer.text


def election(village: Village, votes: dict[str, int] | None = None, **more: Any) -> dict[str, Any]:
    counted = votes or {m.actor.name: 50 - n for n, m in enumerate(village.members)}
    return {
        "held_on": village.today.isoformat(), "place": "村委会", "chair": "主持人", "tellers": "监票人、计票人",
        "seats": SEATS, "entitled": 100, "attended": 60, "issued": 60, "valid": 58,
        "votes": [{"name": name, "votes": n} for name, n in counted.items()],
        "observers": [{"account": str(village.observer.id), "kind": "villager"}],
    } | more  # fmt: skip


async def declared(village: Village, *more: Somebody) -> None:
    accounts = [str(m.id) for m in (*village.members, *more)]
    assert (await do(village, "declare_member_kin", {"declared": accounts})).status_code == 200


def told(answer: httpx.Response) -> str:
    assert answer.status_code == 422, answer.text
    return " ".join(error["message"] for error in answer.json()["errors"])
