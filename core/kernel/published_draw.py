"""What everybody may read of a draw: enough to recompute it, and not which household must be visited whatever the lot says.

That a case must be visited tells of a relative among the staff or of a complaint, so the public record holds of those
cases their number, and a hash over them that the office opens to a court or an auditor. How to check it by hand
(method `zhunbao-sha256-1`, described in `core.kernel.sampling`):

1. `frame` lists the households lots are drawn among, `mandatory_count` says how many are visited in any case; together
   they are all households of the round. The number drawn is ceil(percent × all of them / 100).
2. The frame's hash is the SHA-256 of one line per household, `id TAB stratum LF`, sorted by id, and a last line
   `mandatory_count TAB mandatory_hash LF`.
3. Allocation and lots as in the method, over `frame` with `seed`; the seed's SHA-256 was public beforehand.
4. `mandatory_hash` is the SHA-256 of the salt's 32 bytes and one line per must-visit id, sorted, `id LF`; the salt stays
   on the round's file (`opens`).

Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from core.kernel.sampling import METHOD, Draw, allocate, by_lot, commitment, number_to_draw


class Lot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """One household lots are drawn among. `id` is its process number."""

    id: str
    stratum: str


class PublishedDraw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public record. Seed and hashes are hexadecimal; `mandatory_hash` is empty for a round opened without a salt."""

    seed_hash: str
    seed: str
    frame_hash: str
    frame: tuple[Lot, ...]
    mandatory_count: int
    mandatory_hash: str
    percent: Decimal
    number: int
    allocation: dict[str, int]
    drawn: tuple[str, ...]
    method: str = METHOD


def published(draw: Draw, salt: str = "") -> PublishedDraw:
    """The public side of a draw. `salt` (hexadecimal) stays on file: without it nobody can try numbers against the hash."""
    lots = tuple(sorted(Lot(unit.id, unit.stratum) for unit in draw.frame if not unit.mandatory))
    sealed = mandatory_hash(draw.mandatory, salt) if salt else ""
    return PublishedDraw(
        seed_hash=draw.seed_hash,
        seed=draw.seed,
        frame_hash=frame_hash(lots, len(draw.mandatory), sealed),
        frame=lots,
        mandatory_count=len(draw.mandatory),
        mandatory_hash=sealed,
        percent=draw.percent,
        number=draw.number,
        allocation=draw.allocation,
        drawn=draw.drawn,
    )


def mandatory_hash(ids: Iterable[str], salt: str) -> str:
    """What stands for the must-visit cases in public."""
    return hashlib.sha256(bytes.fromhex(salt) + "".join(f"{i}\n" for i in sorted(ids)).encode()).hexdigest()


def frame_hash(lots: Iterable[Lot], count: int, sealed: str) -> str:
    """The SHA-256 that closes the public frame."""
    lines = "".join(f"{lot.id}\t{lot.stratum}\n" for lot in sorted(lots))
    return hashlib.sha256(f"{lines}{count}\t{sealed}\n".encode()).hexdigest()


def opens(record: PublishedDraw, ids: Iterable[str], salt: str) -> bool:
    """Whether these are the must-visit cases the public record stands for: for whoever the office shows them to."""
    listed = list(ids)
    return len(listed) == record.mandatory_count and mandatory_hash(listed, salt) == record.mandatory_hash


def verify(record: PublishedDraw, *, committed: str | None = None) -> tuple[str, ...]:
    """Recompute a public record; what does not hold, in Chinese. `committed`: the seed's hash as published beforehand."""
    if record.method != METHOD:
        return (f"不认识的抽样方法“{record.method}”，请用发布时的版本核验",)
    try:
        seed = bytes.fromhex(record.seed)
        seed_hash = commitment(seed)
        number = number_to_draw(len(record.frame) + record.mandatory_count, record.percent)
    except ValueError as error:
        return (f"记录不完整，无法重算：{error}",)
    strata: dict[str, list[str]] = {}
    for lot in record.frame:
        strata.setdefault(lot.stratum, []).append(lot.id)
    places = allocate({stratum: len(ids) for stratum, ids in strata.items()}, number, seed)
    drawn = [i for stratum in sorted(strata) for i in by_lot(strata[stratum], seed)[: places[stratum]]]
    closed = frame_hash(record.frame, record.mandatory_count, record.mandatory_hash)
    checks = (
        (seed_hash == record.seed_hash, "种子与记录里的种子摘要不符"),
        (committed in (None, seed_hash), "种子与事先公布的摘要不符"),
        (len({lot.id for lot in record.frame}) == len(record.frame), "名单里有一户出现了两次"),
        (closed == record.frame_hash, "抽样名单与记录里的名单摘要不符"),
        (number == record.number, f"应抽 {number} 户，记录为 {record.number} 户"),
        (places == record.allocation, "各层分配的户数与重算结果不符"),
        (tuple(drawn) == record.drawn, "抽中的户与重算结果不符"),
    )
    return tuple(message for holds, message in checks if not holds)
