"""Drawing households for a spot check so that anybody can recompute the draw, and nobody could steer it.

How it goes, and how to check a published record by hand (method `zhunbao-sha256-1`):

1. Before the frame is closed, a secret seed of 32 random bytes is chosen and only its SHA-256 is published.
2. The frame is closed: every household of the round, each with its stratum (such as its township or category) and
   whether it must be visited anyway (relative-registered, or with a complaint; 57号 20). The frame's hash is the
   SHA-256 of one line per household, `id TAB stratum TAB 1-or-0 LF` in UTF-8, sorted by id.
3. The number drawn is ceil(percent × ALL households / 100). The must-visit households come on top, so lots are drawn
   among the others only (all of them, if they are fewer than the number).
4. Each stratum gets number × stratum size / size of all strata (must-visit ones not counted), rounded down; the places
   left over go one each to the largest remainders, ties to the smaller SHA-256(seed ‖ stratum).
5. Within a stratum households are sorted by SHA-256(seed ‖ id), and the first ones are drawn.

‖ joins the 32 bytes of the seed and the UTF-8 of the text. Ids are process numbers, never personal data. The record
holds the seed and the frame: `verify` does all of the above again. It stays on the round's file; what is published of
it, without saying which households must be visited, is in `core.kernel.published_draw`. Pure; no randomness of its own.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal

import msgspec

METHOD = "zhunbao-sha256-1"
SEED_BYTES = 32


class Unit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """One household in the frame. `id` is its process number; `mandatory`: it is visited whatever the draw says."""

    id: str
    stratum: str
    mandatory: bool = False


class Draw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The record of a draw as it is on file: all it takes to recompute it. Seed and hashes are hexadecimal."""

    seed_hash: str
    seed: str
    frame_hash: str
    frame: tuple[Unit, ...]
    percent: Decimal
    number: int
    allocation: dict[str, int]
    drawn: tuple[str, ...]
    mandatory: tuple[str, ...]
    method: str = METHOD

    @property
    def selected(self) -> tuple[str, ...]:
        """Everybody to be visited: the must-visit households first, then those drawn, each once."""
        return (*self.mandatory, *self.drawn)


def commitment(seed: bytes) -> str:
    """What is published of a seed before the frame is closed. Raises ValueError unless the seed has 32 bytes."""
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed has {SEED_BYTES} bytes, not {len(seed)}")
    return hashlib.sha256(seed).hexdigest()


def frame_of(strata: Mapping[str, str], mandatory: Iterable[str] = ()) -> tuple[Unit, ...]:
    """A closed frame from `id → stratum` and the must-visit ids, sorted by id.

    Raises ValueError for an id or stratum that is empty or holds a control character, and for a must-visit id that
    is not in the frame.
    """
    must = set(mandatory)
    if strange := sorted(must - strata.keys()):
        raise ValueError(f"must be visited but not in the frame: {', '.join(strange)}")
    return tuple(Unit(i, strata[i], i in must) for i in sorted(strata) if _sound(i) and _sound(strata[i]))


def frame_hash(frame: Iterable[Unit]) -> str:
    """The SHA-256 that closes a frame, over its lines sorted by id. Raises ValueError for a doubled id."""
    units = sorted(frame)
    ids = [unit.id for unit in units]
    if len(set(ids)) != len(ids):
        raise ValueError("a household stands in the frame twice")
    lines = "".join(
        f"{unit.id}\t{unit.stratum}\t{int(unit.mandatory)}\n" for unit in units if _sound(unit.id)
    )
    return hashlib.sha256(lines.encode()).hexdigest()


def number_to_draw(households: int, percent: Decimal) -> int:
    """ceil(percent % of all households). Raises ValueError outside 0..100."""
    if not (percent.is_finite() and 0 <= percent <= 100):
        raise ValueError(f"a share of {percent} % cannot be drawn")
    return int((households * percent / 100).to_integral_value(ROUND_CEILING))


def draw(frame: Sequence[Unit], seed: bytes, percent: Decimal, mandatory: Iterable[str] = ()) -> Draw:
    """Draw households by the method above. `mandatory` adds must-visit ids to those marked in the frame."""
    must = {unit.id for unit in frame if unit.mandatory} | set(mandatory)
    closed = frame_of({unit.id: unit.stratum for unit in frame}, must)
    if len(closed) != len(frame):
        raise ValueError("a household stands in the frame twice")
    others: dict[str, list[str]] = defaultdict(list)
    for unit in closed:
        if not unit.mandatory:
            others[unit.stratum].append(unit.id)
    wanted = number_to_draw(len(closed), percent)
    allocation = allocate({stratum: len(ids) for stratum, ids in others.items()}, wanted, seed)
    drawn = [i for stratum in sorted(others) for i in by_lot(others[stratum], seed)[: allocation[stratum]]]
    return Draw(
        seed_hash=commitment(seed),
        seed=seed.hex(),
        frame_hash=frame_hash(closed),
        frame=closed,
        percent=percent,
        number=wanted,
        allocation=allocation,
        drawn=tuple(drawn),
        mandatory=tuple(sorted(must)),
    )


def allocate(sizes: Mapping[str, int], wanted: int, seed: bytes) -> dict[str, int]:
    """How many of `wanted` fall to each stratum: largest remainders, ties by lot; never more than it holds."""
    everybody = sum(sizes.values())
    places = min(wanted, everybody)
    if not everybody:
        return {}
    shares = {stratum: divmod(places * size, everybody) for stratum, size in sorted(sizes.items())}
    given = {stratum: whole for stratum, (whole, _) in shares.items()}
    ranked = sorted(shares, key=lambda stratum: (-shares[stratum][1], _lot(seed, stratum)))
    for stratum in ranked[: places - sum(given.values())]:
        given[stratum] += 1
    return given


def verify(record: Draw, *, committed: str | None = None, closed: str | None = None) -> tuple[str, ...]:
    """Recompute a published record; what does not hold, in Chinese. Empty: the draw is as it should be.

    `committed` and `closed` are the seed's and the frame's hash as published beforehand, where they are at hand.
    """
    if record.method != METHOD:
        return (f"不认识的抽样方法“{record.method}”，请用发布时的版本核验",)
    try:
        seed = bytes.fromhex(record.seed)
        again = draw(record.frame, seed, record.percent)
    except ValueError as error:
        return (f"记录不完整，无法重算：{error}",)
    checks = (
        (again.seed_hash == record.seed_hash, "种子与记录里的种子摘要不符"),
        (committed in (None, again.seed_hash), "种子与事先公布的摘要不符"),
        (again.frame_hash == record.frame_hash, "抽样名单与记录里的名单摘要不符"),
        (closed in (None, again.frame_hash), "抽样名单与封存时公布的摘要不符"),
        (again.number == record.number, f"应抽 {again.number} 户，记录为 {record.number} 户"),
        (again.allocation == record.allocation, "各层分配的户数与重算结果不符"),
        (again.mandatory == record.mandatory, "必查户与名单不符"),
        (again.drawn == record.drawn, "抽中的户与重算结果不符"),
    )
    return tuple(message for holds, message in checks if not holds)


def by_lot(ids: Iterable[str], seed: bytes) -> list[str]:
    """In the order in which the lot takes them."""
    return sorted(ids, key=lambda i: _lot(seed, i))


def _lot(seed: bytes, text: str) -> bytes:
    return hashlib.sha256(seed + text.encode()).digest()


def _sound(text: str) -> bool:
    if not text or any(ord(char) < 32 for char in text):
        raise ValueError(f"{text!r} cannot stand in a sampling frame: empty, or with a control character")
    return True
