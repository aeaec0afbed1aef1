"""Nothing is confirmed while a source is silent, a blank unexplained, or the newest report not on file (domain §4).

Neither that nor an opinion while declared, archived, visited and registry values differ and nobody has said why. Open
findings are core's to hold up.
"""

from __future__ import annotations

from uuid import UUID

from core.sdk import Platform, Transaction, Veto
from plugins.big_data_check import store
from plugins.big_data_check.differences import lines_of, open_lines
from plugins.big_data_check.filing import by_hand, reports
from plugins.big_data_check.reading import compared

LAW = "57号 17"
COMPARED = frozenset({"give_opinion", "confirm"})
"""Steps that rest on what a household has."""


async def why_not(tx: Transaction, platform: Platform, process_id: UUID, action: str) -> Veto | None:
    """A reason against a step of a case, or None."""
    if action not in COMPARED:
        return None
    missing = await why_not_confirm(tx, platform, process_id) if action == "confirm" else None
    return missing or await _differing(tx, platform, process_id)


async def _differing(tx: Transaction, platform: Platform, process_id: UUID) -> Veto | None:
    situation = await platform.situation(tx, process_id)
    lines = lines_of(await compared(tx, platform, situation), situation.view.records)
    left = open_lines(lines)
    if not left:
        return None
    topics = "、".join(dict.fromkeys(line.row.topic for line in left))
    return Veto(
        f"申报、档案、入户和部门数据还有 {len(left)} 处不一致没有写明理由（{topics}），现在不能提出意见或确认。",
        "57号 17",
        "请核对人员或乡镇审核人在“信息核对”的对照页逐项认定",
    )


async def why_not_confirm(tx: Transaction, platform: Platform, process_id: UUID) -> Veto | None:
    """A reason against "confirm", or None. What was never sent for verification, or was looked up by an officer by hand
    and filed so, is core's to judge.
    """
    request = await store.latest(tx, process_id)
    if request is None or await by_hand(tx, await platform.situation(tx, process_id), request):
        return None
    queries = await store.queries(tx, request.id)
    silent = "、".join(dict.fromkeys(q.source.label for q in queries if q.silent))
    if silent:
        return Veto(
            f"核对来源还没有答复：{silent}。没有答复不能当作“没有”，现在不能确认。",
            LAW,
            "系统会自动再次查询；着急的请联系核对人员",
        )
    blank = "、".join(dict.fromkeys(q.source.label for q in queries if q.needs_note))
    if blank:
        return Veto(
            f"来源没有数据，还没有写明了解到的情况：{blank}。现在不能确认。",
            LAW,
            "请核对人员在“信息核对”里写明说明，重新出具报告",
        )
    newest = next(iter(await reports(tx, request.id)), None)
    if newest is None or newest.filed_seq is None:
        return Veto("最新的核对报告还没有进入卷宗，现在不能确认。", LAW, "请退回调查核对，或联系核对人员")
    return None
