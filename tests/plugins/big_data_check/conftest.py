"""The simulated platform, one process for each module; an office whose district asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.plugins.big_data_check.office import Office, an_office
from tests.plugins.big_data_check.platform_process import KEY, SimulatedPlatform, a_platform


@pytest.fixture(scope="module")
def running_platform() -> Iterator[SimulatedPlatform]:
    with a_platform("--late-ms", "300", "--as-of", "2026-08-09") as started:
        yield started


@pytest.fixture
def simulated(running_platform: SimulatedPlatform) -> SimulatedPlatform:
    """The platform with nothing in it and no faults."""
    running_platform.fresh()
    return running_platform


@pytest.fixture(scope="module")
async def running_office(
    database_urls: Urls,
    tmp_path_factory: pytest.TempPathFactory,
    keys: Keyring,
    running_platform: SimulatedPlatform,
) -> AsyncIterator[Office]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ZHUNBAO_BIG_DATA_CHECK_PLATFORM_KEY", KEY)
        environment.setenv("ZHUNBAO_BIG_DATA_CHECK_PLATFORM_URL", running_platform.url)
        async with an_office(database_urls, tmp_path_factory.mktemp("installation"), keys) as office:
            yield office


@pytest.fixture
def office(running_office: Office, simulated: SimulatedPlatform) -> Office:
    running_office.simulated = simulated
    return running_office
