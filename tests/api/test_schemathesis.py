"""Whatever is sent to the API, by whomever: it answers as its schema says, and never that it broke."""

from __future__ import annotations

import asyncio

import pytest

from tests.api.fuzzing import Fuzzing
from tests.api.prepared import Prepared

MOST_NEVER_LET_IN = 0.15
"""Share of operations that no request of a run got through to; a step's form is seldom guessed right."""


async def _fuzz(prepared: Prepared, positive: int, negative: int) -> Fuzzing:
    run = Fuzzing(prepared, asyncio.get_running_loop(), positive, negative)
    await asyncio.to_thread(run.all)
    return run


async def test_the_api_answers_as_its_schema_says(prepared: Prepared) -> None:
    run = await _fuzz(prepared, positive=2, negative=1)
    assert run.failures == {}
    unreached = [label for label, found in run.answered.items() if set(found) <= {401, 403, 404}]
    assert len(unreached) <= MOST_NEVER_LET_IN * len(run.answered), "\n".join(unreached)


@pytest.mark.slow
async def test_the_api_answers_as_its_schema_says_at_length(prepared: Prepared) -> None:
    run = await _fuzz(prepared, positive=20, negative=12)
    assert run.failures == {}
