"""R3–R4: the women's panel is registered and votes on every household; relatives get no ballot.

Votes are made up beforehand, so that the result is known: most households pass, some fail, and in both cases they go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from core.simulate.cast import Player
from core.simulate.client import together
from core.simulate.village import Story
from core.simulate.world import State, Track, World

X = "/api/x/women_panel"
TWO_THIRDS = Fraction(2, 3)
FAILS = frozenset({Story.PANEL_RELATIVE, Story.WELL_OFF})


@dataclass(frozen=True, slots=True)
class Count:
    """What a vote should come to, reckoned here (domain §7): recused people leave every denominator."""

    eligible_roster: int
    quorum: int
    present: int
    needed: int
    agree: int
    disagree: int
    abstain: int

    @property
    def result(self) -> str:
        if self.present < self.quorum or not self.eligible_roster:
            return "no_quorum"
        return "passed" if self.agree >= self.needed else "failed"


def choices(track: Track, voters: int) -> list[str]:
    """One disagreement and one abstention among friends; a bare majority against where the story is a failed ballot."""
    if track.plan.story in FAILS:
        against = voters // 2 + 1
        return ["disagree"] * against + ["agree"] * (voters - against)
    return ["agree"] * (voters - 2) + ["disagree", "abstain"] if voters > 5 else ["agree"] * voters


def counted(track: Track, roster: int, recused: int, present: int) -> Count:
    """The count of a household when `present` eligible members are in the room and all of them vote."""
    votes = choices(track, present)
    eligible = roster - recused
    return Count(
        eligible, ceil(TWO_THIRDS * eligible), present, ceil(TWO_THIRDS * present), votes.count("agree"),
        votes.count("disagree"), votes.count("abstain"),
    )  # fmt: skip


async def form_panel(world: World, state: State) -> None:
    """Nominated, elected at a meeting, kin declared; then the elected members and the observers are put on file."""
    host = world.player("panel_host")
    members = [p.account_id for p in world.cast.all("panel_member")]
    observers = [p.account_id for p in world.cast.all("observer")]
    chance = world.tracks[0].chance
    proof = {"photos": [await world.photo(host, chance)], "minutes": [await world.paper(host, chance)]}
    came = 3 * len(world.tracks) + 20
    await _elect(world, state, host, came, proof)
    state = await world.read_round(host)
    twice = {"expected_version": state.version,
             "form": {"members": members, "observers": [*observers, members[0]], "attendance": 40}}  # fmt: skip
    await world.refused("既是成员又是监督员", (422,), host, f"{world.path}/actions/form_panel", twice)
    short = {"expected_version": state.version,
             "form": {"members": members[:-1], "observers": observers, "attendance": came}}  # fmt: skip
    await world.refused("漏了一名当选的成员", (422,), host, f"{world.path}/actions/form_panel", short)
    form = {"members": members, "observers": observers, "attendance": came, **proof}
    await world.act_round(host, state, "form_panel", form)


async def _elect(world: World, state: State, host: Player, came: int, proof: Mapping[str, Any]) -> None:
    """Everybody who will sit is elected, by fewer votes each; who holds a post that excludes is not."""
    panel = world.cast.all("panel_member")
    names = [
        f"{p.name}（{n}）" if [q.name for q in panel].count(p.name) > 1 else p.name
        for n, p in enumerate(panel, 1)
    ]
    held: dict[str, Any] = {"held_on": state.answer["entered_on"], "place": "村委会"}
    await world.act_round(
        host, state, "announce_election", held | {"nominate_until": held["held_on"], "seats": len(panel)}
    )
    nominees: list[dict[str, Any]] = [
        {"name": name, "nominated_by": "村民小组", "answer": "accepted", "account": p.account_id}
        for name, p in zip(names, panel, strict=True)
    ]
    nominees.append({"name": "村主任", "nominated_by": "自荐", "answer": "accepted", "posts": ["村委会主任"]})
    await world.act_round(host, await world.read_round(host), "nominate", {"nominees": nominees})
    kinds = ["villager", "group", "township"]
    election = held | dict(proof) | {
        "chair": host.name, "tellers": "监票人、计票人", "seats": len(panel), "entitled": came + 10, "attended": came,
        "issued": came, "valid": came, "votes": [{"name": name, "votes": came - n} for n, name in enumerate(names)],
        "observers": [
            {"account": p.account_id, "kind": kinds[n % 3]} for n, p in enumerate(world.cast.all("observer"))
        ],
    }  # fmt: skip
    await world.act_round(host, await world.read_round(host), "record_election", election)
    kin = [
        {"member": p.account_id, "household": t.number, "relation": "other"}
        for t in world.tracks
        for p in panel
        if p in t.kin
    ]
    declared = {"declared": [p.account_id for p in panel], "lines": kin}
    await world.act_round(host, await world.read_round(host), "declare_member_kin", declared)


async def meet(world: World) -> None:
    """One session: attendance, a vote on every household, each closed by the host, then the session."""
    host = world.player("panel_host")
    session = (await world.stage.post(host, f"{X}/rounds/{world.round_id}/sessions", name=f"{X}/sessions"))[
        "id"
    ]
    path = f"{X}/sessions/{session}"
    members = world.cast.all("panel_member")
    absent = members[-1]
    there = [p for p in members if p is not absent]
    await world.stage.post(
        host, f"{path}/attendance", {"present": [p.account_id for p in there]}, name=f"{X}/attendance"
    )
    by_case = {t.case_id: t for t in world.tracks}
    agenda = (await world.stage.get(host, path, name=f"{X}/session"))["cases"]
    world.check({c["case_id"] for c in agenda} == set(by_case), "评议会的户与本轮的户不一致")
    await together(
        _vote(world, path, by_case[c["case_id"]], there) for c in agenda if c["case_id"] in by_case
    )
    await world.stage.post(host, f"{path}/close", name=f"{X}/close session")
    await _leave_minutes(world, host, path, there)


async def _leave_minutes(world: World, host: Player, path: str, there: list[Player]) -> None:
    """The appraisal does not end before the minutes are sealed; whoever was there signs what she has read."""
    early = {"expected_version": (await world.read_round(host)).version, "form": {}}
    await world.refused(
        "会议记录没有定稿就评议完毕", (403,), host, f"{world.path}/actions/close_appraisal", early
    )
    digest = (await world.stage.get(host, f"{path}/minutes", name=f"{X}/minutes"))["digest"]
    for member in (host, *there, *world.cast.all("observer")):
        await world.stage.post(member, f"{path}/signatures", {"digest": digest}, name=f"{X}/signatures")
    await world.stage.post(host, f"{path}/minutes", name=f"{X}/seal minutes")


async def weigh(world: World, clerk: Player) -> None:
    """R6: the wider group says something of every household, signs on paper, and the round goes on with its minutes."""
    takers = [
        {"name": p.name, "role": "评议小组成员", "account": p.account_id}
        for p in world.cast.all("panel_member")
    ]
    others = [{"name": name, "role": "村民代表"} for name in ("村民代表甲", "村民代表乙", "村民代表丙")]
    held = await world.stage.post(
        clerk, f"{X}/rounds/{world.round_id}/appraisals",
        {"place": "村委会", "participants": [*{t["name"]: t for t in takers}.values(), *others]}, name=f"{X}/appraisals",
    )  # fmt: skip
    path = f"{X}/appraisals/{held['id']}"
    tracks = {t.case_id: t for t in world.tracks}
    for line in held["lines"]:
        who = world.player("township_clerk", tracks[line["case_id"]])
        stance = {True: "include", False: "exclude"}.get(line["eligible"], "unclear")
        given = {"case_id": line["case_id"], "stance": stance, "reason": "看了收入、劳动能力和评议结果"}
        await world.stage.post(who, f"{path}/opinions", given, name=f"{X}/opinions")
    end = {
        "notes": "逐户看了收入、劳动能力和评议结果。",
        "papers": [await world.paper(clerk, world.tracks[0].chance)],
    }
    await world.stage.post(clerk, f"{path}/close", end, name=f"{X}/close appraisal")


async def _vote(world: World, path: str, track: Track, there: list[Player]) -> None:
    """Everybody eligible votes once; a relative's and a second ballot are refused; the count is what it should be."""
    host = world.player("panel_host")
    base = f"{path}/cases/{track.case_id}"
    kin = [p for p in there if p in track.kin]
    for relative in kin:
        await world.refused(f"近亲属投票 {track}", (403,), relative, f"{base}/ballots", {"choice": "agree"})
    voters = [p for p in there if p not in kin]
    cast = choices(track, len(voters))
    track.chance.shuffle(cast)
    await together((_ballot(world, base, track, v, c) for v, c in zip(voters, cast, strict=True)))
    await world.refused(f"投第二次票 {track}", (403, 409), voters[0], f"{base}/ballots", {"choice": "agree"})
    await world.stage.post(host, f"{base}/close", name=f"{X}/close case")
    recused = sum(p in track.kin for p in world.cast.all("panel_member"))
    expected = counted(track, len(world.cast.all("panel_member")), recused, len(voters))
    state = await world.read(world.player("township_clerk", track), track)
    world.counts["ballots"] += len(voters)
    _compare(world, track, state.answer["ballot"], expected)


async def _ballot(world: World, base: str, track: Track, voter: Player, choice: str) -> None:
    await world.stage.post(
        voter, f"{base}/ballots", {"choice": choice}, name=f"{X}/ballots",
        key=f"ballot-{track.number}-{voter.username}",
    )  # fmt: skip


def _compare(world: World, track: Track, filed: Mapping[str, Any] | None, expected: Count) -> None:
    if filed is None:
        world.check(False, f"{track}: 评议结果没有记入")
        return
    for name in ("eligible_roster", "quorum", "present", "needed", "agree", "disagree", "abstain", "result"):
        wanted = getattr(expected, name)
        world.check(filed[name] == wanted, f"{track}: 评议 {name} 是 {filed[name]}，应为 {wanted}")
