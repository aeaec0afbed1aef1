"""`python recount.py FILE …`: recompute published results; exit code 1 when one does not hold.

For anybody, anywhere: this file and Python's standard library, nothing of the installation. So it is the rule of `rules.py` and
`scoring.py` written once more, by itself: a mistake there is no mistake here. Tests hold them together, and `static/recount.js`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

FORMAT = "zhunbao-panel-tally/1"
CHOICES = ("agree", "disagree", "abstain")
PEOPLE = ("roster", "eligible_roster", "present")


def tally(record: Mapping[str, Any]) -> dict[str, Any]:
    """What `record["tally"]` should be.

    Raises ValueError where the record contradicts itself, KeyError or TypeError where it is no record at all.
    """
    rule, told = record["rule"], record["tally"]
    if record["format"] != FORMAT:
        raise ValueError(f"不认识的格式 {record['format']!r}")
    counts, scored = _counts(record)
    if min(counts.values()) < 0 or sum(counts.values()) > told["present"]:
        raise ValueError("票比在场的人多")
    agree, eligible, present = counts["agree"], told["eligible_roster"], told["present"]
    quorum = max(1, _whole(Fraction(rule["quorum"]) * eligible, rule["rounding"]))
    forms = max(quorum, 2 * rule["trim"] + 1) if rule["scored"] and rule.get("quorum_of_forms") else 0
    mean = _trimmed_mean(scored, rule["trim"]) if len(scored) >= forms else None
    needed = 0 if rule["scored"] else _needed(rule, eligible if rule["of_roster"] else present)
    if rule["scored"]:
        passes = mean is not None and mean >= Fraction(rule["mark"])
    else:
        passes = agree >= needed and not (rule["tie_fails"] and agree == counts["disagree"])
    complete = told["roster"] >= rule["size_min"] and present >= quorum and record["voters"] >= forms
    result = ("passed" if passes else "failed") if complete else "no_quorum"
    return {
        **{name: told[name] for name in PEOPLE}, "quorum": quorum, "needed": needed, **counts, "result": result,
        "mean": "" if mean is None else f"{float(mean):.2f}",
    }  # fmt: skip


def _counts(record: Mapping[str, Any]) -> tuple[dict[str, int], list[Fraction]]:
    """How many agree, disagree and abstain; what each scored form comes to."""
    rule, told, ballots = record["rule"], record["tally"], record["ballots"]
    spoilt = record.get("spoilt", 0)
    if spoilt < 0 or record["voters"] + spoilt > told["present"]:
        raise ValueError("票箱里的票比在场的人多")
    if told["result"] == "no_quorum" or (record["means"] == "paper" and not rule["scored"]):
        if ballots:
            raise ValueError("不该有逐张公布的票")
        return {choice: told[choice] for choice in CHOICES}, []
    if len({ballot["tracker"] for ballot in ballots}) != len(ballots):
        raise ValueError("有两张票的查票号相同")
    if len(ballots) != record["voters"]:
        raise ValueError(f"公布了 {len(ballots)} 张票，投票的是 {record['voters']} 人")
    said = [ballot["choice"] for ballot in ballots]
    if not {*said} <= {*(("score", "abstain") if rule["scored"] else CHOICES)}:
        raise ValueError("有一张票写着这次评议没有的意见")
    if not rule["scored"]:
        return {choice: said.count(choice) for choice in CHOICES}, []
    totals = [Fraction(ballot["total"]) for ballot in ballots if ballot["choice"] == "score"]
    agree = sum(total >= Fraction(rule["mark"]) for total in totals)
    counts = {"agree": agree, "disagree": len(totals) - agree, "abstain": len(ballots) - len(totals)}
    return counts, totals


def _trimmed_mean(totals: Sequence[Fraction], trim: int) -> Fraction | None:
    """Rounded once, half up, to the hundredth; nothing is left out where nothing would be left."""
    if not totals:
        return None
    kept = sorted(totals)[trim : len(totals) - trim] if len(totals) > 2 * trim else totals
    return Fraction(floor(sum(kept, Fraction()) / len(kept) * 100 + Fraction(1, 2)), 100)


def _needed(rule: Mapping[str, Any], basis: int) -> int:
    """Never less than one, nor than half."""
    exact = Fraction(rule["share"]) * basis
    asked = floor(exact) + 1 if rule["more_than"] else _whole(exact, rule["rounding"])
    return max(1, ceil(Fraction(basis, 2)), asked)


def _whole(exact: Fraction, rounding: str) -> int:
    return {"up": ceil(exact), "down": floor(exact), "half_up": floor(exact + Fraction(1, 2))}[rounding]


def said(body: bytes) -> tuple[bool, str]:
    """Whether a published record holds, in a sentence."""
    try:
        record = json.loads(body)
        told = tally(record)
        case, published = record["case"], record["tally"]
    except ValueError as error:
        return False, f"记录本身有矛盾：{error}"
    except (KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        return False, f"这不是公布的投票记录：{error!r}"
    if told != published:
        wrong = "、".join(f"{k} {told.get(k)} ≠ {v}" for k, v in published.items() if told.get(k) != v)
        return False, f"{case}：重算结果与公布的不一致：{wrong}"
    count = f"同意 {told['agree']}、不同意 {told['disagree']}、弃权 {told['abstain']}，{told['result']}"
    return True, f"{case}：重算一致（{count}），校验码 {hashlib.sha256(body).hexdigest()}"


def main(files: Sequence[str]) -> int:
    answers = [said(Path(name).read_bytes()) for name in files]
    sys.stdout.write("".join(f"{text}\n" for _, text in answers))
    return 0 if answers and all(holds for holds, _ in answers) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
