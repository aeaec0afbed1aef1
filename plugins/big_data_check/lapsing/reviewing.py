"""A household that is paid, and of which a member withdrew the authorisation, is looked at by a person. Nothing ends by itself.

active ──start_review (撤回核对授权)──▶ reviewing, once for each withdrawal; a case in another stage, when it is back in active
"""

from __future__ import annotations

import logging

from core.sdk import Platform, Problem, Situation, Transaction
from core.sdk.household import ReviewStart, members_taken_back

log = logging.getLogger(__name__)

START, ACTIVE = "start_review", "active"
NOTE = (
    "有成员撤回了核对授权，以后不能再核对。请上门了解情况，愿意的重新签授权；钱照发，"
    "要减少或停发的，由人按规定听取意见后决定。"
)


async def review(tx: Transaction, platform: Platform, situation: Situation) -> None:
    """Starts the review that is due; a case that takes none now is tried again when it goes on."""
    view = situation.view
    gone = members_taken_back(view)
    if not gone or view.process.state != ACTIVE:
        return
    newest, started = max(filed.seq for filed in gone.values()), view.records.last_filed(ReviewStart)
    if started is not None and started.seq > newest:
        return
    form = {"cause": "consent", "notes": NOTE}
    try:
        async with tx.savepoint():
            await platform.act(tx, view.process.id, START, form, key=f"consent {newest}")
    except Problem as refused:
        log.info("no review after a withdrawn authorisation: %s", type(refused).__name__)
