"""What the plugin adds to core's pages: how far verification is and who withdrew, on the case; two numbers, on the overview."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from core.sdk import (
    Actor,
    CasePanel,
    Indicator,
    Platform,
    PluginContext,
    Process,
    Situation,
    Transaction,
    platform_of,
)
from core.sdk.household import case_subject
from plugins.big_data_check import filing, store, worklist
from plugins.big_data_check.permissions import Permission
from plugins.big_data_check.renewal import RENEW
from plugins.big_data_check.signatures import people_of, signatures_of
from plugins.big_data_check.store import STATE_LABELS

TITLE, WITHDRAWN = "信息核对进度", "核对授权已撤回"


async def panels(process: Process, actor: Actor, context: PluginContext) -> Sequence[CasePanel]:
    """For those who may see verification here and are no relatives; never amounts or records."""
    platform = platform_of(context)
    views, signs = (
        platform.may(actor, one, process.area_code) is None
        for one in (Permission.VIEW, Permission.SIGNATURES)
    )
    if process.kind != "case" or not (views or signs):
        return ()
    async with platform.transaction() as tx:
        situation = await platform.situation(tx, process.id, actor=actor)
        if situation.recused is not None:
            return ()
        shown = list(_withdrawn(situation))
        request = await store.latest(tx, process.id) if views else None
        if request is not None:
            values = await _values(tx, platform, request.id, process.id)
            values["may_compare"] = platform.may(actor, Permission.COMPARE, process.area_code) is None
            shown.append(CasePanel(TITLE, "big_data_check/panel.html", values))
    return shown


def _withdrawn(situation: Situation) -> Iterator[CasePanel]:
    """Whose authorisation is withdrawn and what follows from it, in plain words, for who verifies or collects signatures."""
    gone = [s for s in signatures_of(situation.view) if s.taken_back]
    if not gone:
        return
    names = {p.person_id: p.name for p in people_of(situation.view)}
    values = {
        "people": [(names[s.person_id], s.supporter, s.taken_back) for s in gone],
        "members": any(not s.supporter for s in gone),
        "supporters": any(s.supporter for s in gone),
        "paid": case_subject(situation.view).running is not None,
        "renew": f"/cases/{situation.view.process.id}/do/{RENEW}"
        if situation.standing.permitted(RENEW) is None
        else "",
    }
    yield CasePanel(WITHDRAWN, "big_data_check/withdrawn.html", values)


async def _values(
    tx: Transaction, platform: Platform, request_id: UUID, process_id: UUID
) -> dict[str, object]:
    request, queries = await store.load(tx, request_id), await store.queries(tx, request_id)
    newest = next(iter(await filing.reports(tx, request_id)), None)
    return {
        "case_id": process_id,
        "request": request,
        "state": STATE_LABELS[request.state],
        "total": len(queries),
        "answered": sum(not q.silent for q in queries),
        "silent": list(dict.fromkeys(q.source.label for q in queries if q.silent)),
        "blank": list(dict.fromkeys(q.source.label for q in queries if q.needs_note)),
        "report": newest.number if newest else "",
        "filed": newest is not None and newest.filed_seq is not None,
    }


async def figures(area_code: str, context: PluginContext) -> Sequence[Indicator]:
    prefix = area_code.removesuffix("000").removesuffix("000") if area_code else ""
    async with platform_of(context).transaction() as tx:
        findings, silent = await worklist.figures(tx, prefix)
    return (
        Indicator("待处理的核对疑点", findings, note="告知后由人认定，疑点本身不是结论"),
        Indicator("未答复的核对查询", silent, note="来源没有答复，不能当作“没有”"),
    )
