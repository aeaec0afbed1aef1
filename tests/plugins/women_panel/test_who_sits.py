"""Who sits is who was elected, watches nothing she takes part in, and judges the same households nowhere else."""

from __future__ import annotations

import pytest

from plugins.women_panel.formation.standing import same_name
from tests.builders.installation import Somebody
from tests.plugins.women_panel.electing import declared, do, election, nominated, told
from tests.plugins.women_panel.test_kept_whole import by_election, leaving
from tests.plugins.women_panel.village import Village, register

pytestmark = pytest.mark.anyio


def as_nominee(who: Somebody, name: str = "", **more: str) -> dict[str, str]:
    return {
        "name": name or who.actor.name, "nominated_by": "一组", "answer": "accepted", "account": str(who.id),
    } | more  # fmt: skip


def with_substitute(village: Village, votes: int = 5) -> dict[str, int]:
    return {m.actor.name: 50 - n for n, m in enumerate(village.members)} | {"候补一": votes}


async def make_reviewer(village: Village, who: Somebody) -> None:
    admin = village.house.administrators[village.district.id]["security_admin"]
    async with village.house.inside(village.district) as tx:
        await village.house.accounts.grant(tx, admin, who.id, "township_reviewer", f"{village.area[:9]}000")


async def test_who_watches_an_election_does_not_stand_in_it(forming: Village) -> None:
    village, extra = forming, await forming.newcomer("候补一", "observer")
    await nominated(village, extra)
    watched = [{"account": str(who.id), "kind": "villager"} for who in (village.observer, extra)]
    refused = told(
        await do(village, "record_election", election(village, with_substitute(village), observers=watched))
    )
    assert "候补一 同时是监督员，不能参选" in refused


async def test_an_observer_is_not_by_elected_and_a_member_does_not_watch_a_by_election(
    village: Village,
) -> None:
    await leaving(village, village.members[0])
    refused = told(await by_election(village, village.observer))
    assert "监督员 同时是监督员，不能参选" in refused
    newcomer = await village.newcomer("补选一")
    sitting = [{"account": str(village.members[3].id), "kind": "villager"}]
    assert "小组成员、候补成员不能当补选的监督员" in told(
        await by_election(village, newcomer, observers=sitting)
    )
    other = await village.newcomer("另请的", "observer")
    watched = [{"account": str(other.id), "kind": "villager"}]
    refused = told(await by_election(village, village.observer, observers=watched))
    assert "监督员 同时是监督员" in refused, "she watches the panel, if not this meeting"


async def test_a_substitute_is_not_registered_as_an_observer(forming: Village) -> None:
    village, extra = forming, await forming.newcomer("候补一", "observer")
    await nominated(village, extra)
    held = await do(village, "record_election", election(village, with_substitute(village)))
    assert held.status_code == 200, held.text
    await declared(village, extra)
    form = {
        "members": [str(m.id) for m in village.members], "attendance": 60,
        "observers": [str(village.observer.id), str(extra.id)],
    }  # fmt: skip
    assert "候补成员不能当监督员，请另请监督员：候补一" in told(await do(village, "form_panel", form))
    assert (await register(village, village.members)).status_code == 200


async def test_nobody_takes_the_seat_of_who_was_elected_by_taking_her_name(forming: Village) -> None:
    village = forming
    await nominated(village)
    assert (await do(village, "record_election", election(village))).status_code == 200
    winner, other = village.members[0], await village.newcomer("另外一个人")
    swap = {"nominees": [as_nominee(other, winner.actor.name)]}
    assert "她的账号不能再换" in told(await do(village, "nominate", swap))
    bare = as_nominee(other, winner.actor.name)
    bare.pop("account")
    assert "她的账号不能再换" in told(await do(village, "nominate", {"nominees": [bare]}))
    held = {"held_on": village.today.isoformat(), "nominate_until": village.today.isoformat()}
    await do(village, "announce_election", held | {"place": "村委会", "seats": 11})
    assert (await do(village, "nominate", swap)).status_code == 200
    await declared(village, other)
    assert "名单与推选结果不一致" in told(await register(village, [other, *village.members[1:]]))
    assert (await register(village, village.members)).status_code == 200


async def test_an_account_that_bears_another_name_does_not_stand_or_sit(forming: Village) -> None:
    village, other = forming, await forming.newcomer("另外一个人")
    await nominated(village)
    name = village.members[0].actor.name
    await do(village, "nominate", {"nominees": [as_nominee(other, name)]})
    refused = await do(village, "record_election", election(village))
    assert (refused.status_code, f"{name}（账号是另外一个人的）" in refused.text) == (403, True)
    bare = as_nominee(other, name)
    bare.pop("account")
    await do(village, "nominate", {"nominees": [bare]})
    assert (await do(village, "record_election", election(village))).status_code == 200
    await do(village, "nominate", {"nominees": [as_nominee(other, name)]})
    await declared(village, other)
    refused = await register(village, [other, *village.members[1:]])
    assert (refused.status_code, "账号和被提名的人不是同一个名字" in refused.text) == (403, True)
    assert (await do(village, "nominate", {"nominees": [as_nominee(village.members[0])]})).status_code == 200
    assert (await register(village, village.members)).status_code == 200


async def test_a_reviewer_is_neither_elected_nor_registered(forming: Village) -> None:
    village = forming
    await nominated(village)
    await make_reviewer(village, village.members[1])
    refused = await do(village, "record_election", election(village))
    assert (refused.status_code, "不能参加评议小组：成员2" in refused.text) == (403, True)


async def test_who_became_a_reviewer_after_the_election_is_not_registered(forming: Village) -> None:
    village = forming
    await nominated(village)
    assert (await do(village, "record_election", election(village))).status_code == 200
    await declared(village)
    await make_reviewer(village, village.members[1])
    refused = await register(village, village.members)
    assert (refused.status_code, "不能参加评议小组：成员2" in refused.text) == (403, True)


async def test_substitutes_with_the_same_votes_are_voted_on_again(forming: Village) -> None:
    village = forming
    extra, second = await village.newcomer("候补一"), await village.newcomer("候补二")
    await nominated(village, extra)
    await do(village, "nominate", {"nominees": [as_nominee(second)]})
    tied = with_substitute(village) | {"候补二": 5}
    refused = told(await do(village, "record_election", election(village, tied)))
    assert "候补一、候补二 得票相同，候补的先后定不下来" in refused
    decided = tied | {"候补二": 6}
    assert (await do(village, "record_election", election(village, decided))).status_code == 200
    found = (await village.get(village.host, f"{village.panel}/rounds/{village.round_id}/formation")).json()
    places = {n["name"]: n["place"] for n in found["nominees"] if n["standing"] == "substitute"}
    assert places == {"候补二": 1, "候补一": 2}


@pytest.mark.parametrize(
    ("nominee", "account", "same"),
    [
        ("王秀英", "王秀英", True),
        ("王秀英（二组）", "王秀英", True),
        ("王 秀英", "王秀英", True),
        ("王秀英", "王秀兰", False),
    ],
)
def test_namesakes_are_told_apart_in_brackets(nominee: str, account: str, same: bool) -> None:
    assert same_name(nominee, account) is same
