"""`python -m plugins.women_panel.recount FILE …`: recompute published results; exit code 1 when one does not hold.

For anybody: needs the file that was published, and nothing of the installation.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from plugins.women_panel import published


def said(body: bytes) -> tuple[bool, str]:
    """Whether a published record holds, in a sentence."""
    try:
        record = published.read(body)
        told = published.recount(record)
    except (ValueError, msgspec.MsgspecError) as error:
        return False, f"记录本身有矛盾：{error}"
    if told != record.tally:
        return False, f"{record.case}：重算结果与公布的不一致：{told} ≠ {record.tally}"
    count = f"同意 {told.agree}、不同意 {told.disagree}、弃权 {told.abstain}，{told.result}"
    return True, f"{record.case}：重算一致（{count}），校验码 {published.digest(body)}"


def main(files: Sequence[str]) -> int:
    answers = [said(Path(name).read_bytes()) for name in files]
    sys.stdout.write("".join(f"{text}\n" for _, text in answers))
    return 0 if answers and all(holds for holds, _ in answers) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
