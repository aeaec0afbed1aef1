"""The decision file: facts, findings, parameters, worksheet and decision together; enough to recompute it years later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from core.rules.decision import Decision, decide
from core.rules.facts import HouseholdFacts
from core.rules.five_haves import Finding
from core.rules.parameters import ParameterSet
from core.rules.worksheet import Worksheet, worksheet

FORMAT = 1


class DecisionFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Self-contained: the whole parameter set is inside, not only its id. `day` is the day of acceptance."""

    day: date
    facts: HouseholdFacts
    findings: tuple[Finding, ...]
    parameters: ParameterSet
    worksheet: Worksheet
    decision: Decision
    format: int = FORMAT


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a stored file and its recomputation part, as dotted path and JSON values."""

    path: str
    stored: Any
    recomputed: Any


def compile_file(
    facts: HouseholdFacts, findings: Sequence[Finding], params: ParameterSet, day_of_acceptance: date
) -> DecisionFile:
    """Reckon and put on file."""
    sheet = worksheet(facts, params, day_of_acceptance)
    decision = decide(sheet, facts, findings, params)
    return DecisionFile(day_of_acceptance, facts, tuple(findings), params, sheet, decision)


def recompute(file: DecisionFile) -> tuple[Difference, ...]:
    """Reckon again from the stored facts; empty when every line comes out the same."""
    again = compile_file(file.facts, file.findings, file.parameters, file.day)
    stored, recomputed = (msgspec.to_builtins(f, str_keys=True) for f in (file, again))
    return tuple(_differences("", stored, recomputed))


def encode(file: DecisionFile) -> bytes:
    """Canonical JSON: the same file always gives the same bytes."""
    return msgspec.json.encode(file, order="sorted")


def decode(body: bytes) -> DecisionFile:
    """Raises msgspec.ValidationError when the body is not a decision file."""
    return msgspec.json.decode(body, type=DecisionFile)


def _differences(path: str, a: Any, b: Any) -> Iterator[Difference]:
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            yield from _differences(f"{path}.{key}".lstrip("."), a.get(key), b.get(key))
    elif isinstance(a, list | tuple) and isinstance(b, list | tuple) and len(a) == len(b):
        for k, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from _differences(f"{path}.{k}", x, y)
    elif a != b:
        yield Difference(path, a, b)
