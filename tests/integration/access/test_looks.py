"""Every look at sensitive data is kept, with case and purpose."""

from __future__ import annotations

from uuid import uuid4

import pytest

from core.access.masking import Sensitive, log_look
from core.problems import Invalid
from tests.integration.access.office import VILLAGE, Office

pytestmark = pytest.mark.anyio


async def test_a_look_is_kept_with_case_purpose_and_fields(office: Office) -> None:
    actor = await office.actor(await office.hire("wangfang", ("township_clerk", VILLAGE)))
    case = uuid4()
    async with office.database.transaction(office.tenant) as tx:
        await log_look(
            tx, actor, case, "核对银行账号", [Sensitive.PHONE, Sensitive.BANK_ACCOUNT], office.clock()
        )
        row = await tx.fetchrow(
            "SELECT * FROM access_log WHERE tenant_id = $1 AND event = 'looked'", office.tenant
        )
    assert row is not None
    assert (row["account_id"], row["process_id"], row["purpose"]) == (actor.account_id, case, "核对银行账号")
    assert row["fields"] == ["bank_account", "phone"]


async def test_without_a_purpose_nothing_is_shown(office: Office) -> None:
    with pytest.raises(Invalid) as refused:
        async with office.database.transaction(office.tenant) as tx:
            await log_look(tx, office.system, uuid4(), "  看 ", [Sensitive.PHONE], office.clock())
    assert refused.value.source == "社会救助法 70"
