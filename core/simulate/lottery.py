"""The published draw of a sample, recomputed from the description of method `zhunbao-sha256-1` alone.

Written from the method's text, not from the code that draws: a household, a journalist or an auditor could do the same.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

METHOD = "zhunbao-sha256-1"


def faults_in(
    draw: Mapping[str, Any], commitment: str, everybody: Iterable[str], must: Iterable[str]
) -> list[str]:
    """What does not hold in a published draw. Empty: anybody can trust it.

    `commitment` is the seed's SHA-256 published before; `everybody` the numbers of the cases that should be in the
    frame, `must` those to be visited in any case.
    """
    frame, seed = draw["frame"], bytes.fromhex(draw["seed"])
    ids = [unit["id"] for unit in frame]
    visited = sorted(must)
    lines = "".join(f"{u['id']}\t{u['stratum']}\n" for u in sorted(frame, key=lambda u: u["id"]))
    lines += f"{draw['mandatory_count']}\t{draw['mandatory_hash']}\n"
    number = math.ceil(Fraction(str(draw["percent"])) * (len(frame) + draw["mandatory_count"]) / 100)
    places, drawn = lots(frame, seed, number)
    checks = (
        (draw["method"] == METHOD, "the method is unknown"),
        (
            hashlib.sha256(seed).hexdigest() == commitment == draw["seed_hash"],
            "the seed is not the one sealed before",
        ),
        (
            sorted(ids) == sorted(set(ids)) == sorted(set(everybody) - set(visited)),
            "the frame is not every household of the round but those to be visited anyway",
        ),
        (draw["mandatory_count"] == len(visited), "the number of must-visit households differs"),
        (
            len(draw["mandatory_hash"]) == 64 and not any(i in str(draw) for i in visited),
            "the record names a must-visit household",
        ),
        (hashlib.sha256(lines.encode()).hexdigest() == draw["frame_hash"], "the frame's hash differs"),
        (number == draw["number"], f"{number} households should have been drawn, not {draw['number']}"),
        (dict(draw["allocation"]) == places, "the places per stratum differ"),
        (sorted(draw["drawn"]) == sorted(drawn), "other households were drawn than the lot gives"),
    )
    return [fault for holds, fault in checks if not holds]


def lots(frame: Sequence[Mapping[str, Any]], seed: bytes, number: int) -> tuple[dict[str, int], list[str]]:
    """Places per stratum, and who is drawn."""
    strata: dict[str, list[str]] = {}
    for unit in frame:
        strata.setdefault(unit["stratum"], []).append(unit["id"])
    free = sum(map(len, strata.values()))
    if not free:
        return {}, []
    wanted = min(number, free)
    exact = {name: Fraction(wanted * len(members), free) for name, members in strata.items()}
    places = {name: math.floor(share) for name, share in exact.items()}
    order = sorted(strata, key=lambda name: (places[name] - exact[name], _hash(seed, name)))
    for name in order[: wanted - sum(places.values())]:
        places[name] += 1
    drawn = [
        i
        for name, members in strata.items()
        for i in sorted(members, key=lambda m: _hash(seed, m))[: places[name]]
    ]
    return places, drawn


def _hash(seed: bytes, text: str) -> bytes:
    return hashlib.sha256(seed + text.encode()).digest()
