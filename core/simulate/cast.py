"""Who plays in a round: every office as an account of its own, made through the API by the administrators.

Nobody holds two offices that exclude each other; every office that may have to stand back (kinship, duties) is there
twice. Panel members and staff are villagers themselves, so that kinship can reach them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.simulate.client import Api, ApiError
from core.simulate.people import Villager

VILLAGE, TOWNSHIP, DISTRICT = 12, 9, 6
"""How many digits of a village's code make the area an office serves."""

OFFICES: tuple[tuple[str, int, int], ...] = (
    ("village_clerk", 2, VILLAGE),
    ("panel_host", 1, VILLAGE),
    ("panel_member", 11, VILLAGE),
    ("observer", 3, VILLAGE),
    ("visitor", 4, TOWNSHIP),
    ("township_clerk", 2, TOWNSHIP),
    ("township_reviewer", 2, TOWNSHIP),
    ("verification_officer", 2, DISTRICT),
    ("district_officer", 2, DISTRICT),
    ("spot_checker", 4, DISTRICT),
    ("confirming_officer", 2, DISTRICT),
)
"""Role, how many people, whose area."""


@dataclass
class Player:
    """Somebody with an account. `secret` is the password in force."""

    username: str
    name: str
    role: str
    secret: str
    person: Villager | None = None
    account_id: str = ""
    token: str = ""
    door: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)


@dataclass
class Cast:
    """Everybody who plays, by role; applicants by household key."""

    system_admin: Player
    security_admin: Player
    by_role: dict[str, list[Player]] = field(default_factory=dict)
    applicants: dict[int, Player] = field(default_factory=dict)

    def all(self, role: str) -> list[Player]:
        return self.by_role[role]

    def one(self, role: str, *, besides: Iterable[Player] = ()) -> Player:
        """The first who holds an office and is none of `besides`."""
        out = {p.username for p in besides}
        return next(p for p in self.by_role[role] if p.username not in out)


class Stage:
    """Where the cast acts: signs people in when they are not, and again when their session has ended."""

    def __init__(self, api: Api, new_secret: str) -> None:
        self.api = api
        self._new_secret = new_secret

    async def enter(self, player: Player) -> str:
        """The player's token."""
        async with player.door:
            if not player.token:
                await self._sign_in(player)
            return player.token

    async def get(self, player: Player, path: str, **more: Any) -> Any:
        return await self._as(player, "GET", path, more)

    async def post(self, player: Player, path: str, body: Any = None, **more: Any) -> Any:
        return await self._as(player, "POST", path, more | {"json": {} if body is None else body})

    async def upload(self, player: Player, data: bytes, media_type: str) -> str:
        """Keep a photograph or paper; its SHA-256."""
        files = {"file": ("paper", data, media_type)}
        answer = await self._as(player, "POST", "/api/evidence", {"files": files})
        return str(answer["sha256"])

    async def _as(self, player: Player, method: str, path: str, more: dict[str, Any]) -> Any:
        try:
            return await self.api.call(method, path, await self.enter(player), **more)
        except ApiError as error:
            if error.status != 401:
                raise
        player.token = ""
        return await self.api.call(method, path, await self.enter(player), **more)

    async def _sign_in(self, player: Player) -> None:
        form = {"username": player.username, "password": player.secret}
        player.token = (await self.api.post("/api/sign-in", body=form))["token"]
        me = await self.api.get("/api/me", player.token)
        player.account_id = me["account_id"]
        if me["must_change"]:
            await self._change_secret(player)

    async def _change_secret(self, player: Player) -> None:
        """The first password was somebody else's choice, so it is changed at the first sign-in."""
        form = {"old": player.secret, "new": self._new_secret}
        answer = await self.api.post("/api/me/password", player.token, form)
        player.secret = self._new_secret
        if answer and answer.get("token"):
            player.token = answer["token"]
