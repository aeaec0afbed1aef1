"""Records the SQL of one request to our application, with each argument named by where it comes from.

The bare floor replays the recording for other requests: the same statements, in the same transactions, on the rows of
their own. So the floor does what we do by construction, whatever we come to do.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from core.app import Zhunbao

FRESH = "$fresh"
"""An id made for a new row."""


class UnknownValue(LookupError):
    """A statement was given a value the floor would not have; the message shows both."""


class Step(msgspec.Struct, frozen=True):
    """One statement. `arguments` hold names (`$account`), lists of such, and constants."""

    sql: str
    arguments: tuple[Any, ...] = ()


Heard = tuple[str, Sequence[Any]]


def steps(heard: Iterable[Heard], names: Mapping[Any, str]) -> tuple[Step, ...]:
    """Statements as they were run, their arguments named. Raises UnknownValue for an id that `names` does not have."""
    found = []
    for sql, arguments in heard:
        try:
            found.append(Step(sql, tuple(_named(value, names) for value in arguments)))
        except UnknownValue as unknown:
            raise UnknownValue(f"{unknown} in: {sql}") from None
    return tuple(found)


def _named(value: Any, names: Mapping[Any, str]) -> Any:
    match value:
        case list() | tuple():
            return [_named(one, names) for one in value]
        case datetime():
            return "$now"
        case date():
            return "$today"
        case UUID() | bytes() if value in names:
            return f"${names[value]}"
        case bytes():
            return f"$bytes{len(value)}"
        case UUID():
            raise UnknownValue(str(value))
    return value


def filled(step: Step, values: Mapping[str, Any], last: Sequence[Any]) -> list[Any]:
    """The arguments for another request. Rows that are put back (a list of fresh ids) are as many as `last`, and one."""
    return [_filled(argument, values, len(last) + 1) for argument in step.arguments]


def _filled(argument: Any, values: Mapping[str, Any], again: int) -> Any:
    if isinstance(argument, list):
        if len(argument) == 1 and str(argument[0]).startswith((FRESH, "$bytes")):
            return [_filled(argument[0], values, again) for _ in range(again)]
        return [_filled(one, values, again) for one in argument]
    if isinstance(argument, str) and argument.startswith("$"):
        return made if (made := _made(argument)) is not None else values[argument[1:]]
    return argument


def _made(name: str) -> Any:
    if name == FRESH:
        return UUID(bytes=random.randbytes(16), version=4)
    return bytes(int(name[6:])) if name.startswith("$bytes") else None


@asynccontextmanager
async def heard(zhunbao: Zhunbao) -> AsyncIterator[list[Heard]]:
    """What is asked of the database while the block runs, in order. The installation has a pool of one connection."""
    found: list[Heard] = []
    async with zhunbao.database._pool.acquire() as held:
        connection = held._con

    def hear(query: Any) -> None:
        found.append((query.query, tuple(query.args or ())))

    connection.add_query_logger(hear)
    try:
        yield found
    finally:
        connection.remove_query_logger(hear)
