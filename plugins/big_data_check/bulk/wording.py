"""What a review is told of changes a re-check found: one way of saying it for every kind. Pure but for `AS_OF`.

    成员登记死亡（1 项）：户籍登记里已注销或登记死亡。数据截至 2026-08-09，来自户籍和死亡登记。请入户核实，属实的办理成员变更。

What happened, as of when, from which source, what to do. Kinds only: no person, no item, no amount, as everybody who may see the
case reads it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from plugins.big_data_check.bulk.answering import Answering
from plugins.big_data_check.bulk.registers import BITS
from plugins.big_data_check.bulk.standing import FROM
from plugins.big_data_check.bulk.store import KINDS

AS_OF = "as_of.json"
"""In a run's folder: by source and village the day of the data that speaks for it."""
Dates = Mapping[str, Mapping[str, str]]

SAID: Mapping[str, tuple[str, str]] = {
    "death": ("有成员登记死亡或户口已注销", "请入户核实，属实的办理成员变更，别的成员照常复核"),
    "moved": ("有成员的户口迁出", "请核实是不是还共同生活"),
    "vehicle": (
        "有达到本区标准的车辆、船舶或大型农机具",
        "请核实是不是本人的、还在不在用，卖了没有过户的看凭证",
    ),
    "entity": ("有登记的市场主体", "请核实是不是本人的、还在不在经营，停业没有注销的看凭证"),
    "job": ("有新的单位在缴社保或公积金", "请核实是不是就业、工资多少；就业增收的，按规定可以渐退"),
    "payroll": ("有财政供养或稳定就业的登记", "请核实是不是本人、工资多少"),
    "housing": ("有商品房或商铺的登记", "请核实是不是本人的、谁在住，安置房、政策性住房看凭证"),
    "deposits": ("全家的存款和金融资产达到本区标准", "请听家庭说明来源和用途，过账的看凭证"),
    "income": ("登记的收入合计达到低保标准", "请核实收入和必要支出，重新核算"),
}
"""By kind: what happened, and what the reviewer should do."""
UNSURE = "其中有的只是姓名、出生日期和地区相同，是不是本人要先核实。"
CLUE = (
    "这是线索，不是结论，不会自动停发；具体登记信息由核对人员在“信息核对”里查看，告知家庭、听了说明再认定。"
)


def note(kinds: Sequence[tuple[str, int]], dates: Dates, village: str, *, unsure: bool) -> str:
    """`kinds`: each change with the sources (bits) it may come from; 0: all that tell of such a thing."""
    counts = Counter(kind for kind, _ in kinds)
    lines = [
        _line(kind, counts[kind], [bits for k, bits in kinds if k == kind], dates, village)
        for kind in sorted(counts, key=list(KINDS).index)
    ]
    return "批量复核发现登记信息有变化。" + "".join(lines) + (UNSURE if unsure else "") + CLUE


def _line(kind: str, count: int, bits: Iterable[int], dates: Dates, village: str) -> str:
    what, then = SAID[kind]
    sources = [s for s in FROM[kind] if any(not b or b & BITS[s] for b in bits)] or list(FROM[kind])
    days = sorted({day for s in sources if (day := dates.get(s.value, {}).get(village))})
    when = f"数据截至 {'、'.join(days)}" if days else "数据日期见批量复核"
    return f"{KINDS[kind]}（{count} 项）：{what}。{when}，来自{'、'.join(s.label for s in sources)}。{then}。"


def keep_dates(folder: Path, answers: Iterable[Answering], villages: Iterable[str]) -> None:
    """The day of the file that speaks for each village at each source."""
    places = sorted(villages)
    dates = {one.source.value: dict(_days(one, places)) for one in answers}
    (folder / AS_OF).write_text(json.dumps(dates))


def _days(one: Answering, villages: Iterable[str]) -> Iterable[tuple[str, str]]:
    for village in villages:
        place = one.of(village)
        if place is not None:
            yield village, one.files[place].series.as_of.isoformat()


def dates_of(folder: Path) -> Dates:
    path = folder / AS_OF
    found: Dates = json.loads(path.read_text()) if path.exists() else {}
    return found
