"""What a district sets for its bulk re-checks (`[plugins.big_data_check.bulk]`). Strict."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Every = Literal["off", "monthly", "quarterly"]
EVERY = {"off": "不自动进行", "monthly": "每月", "quarterly": "每季度"}


class BulkSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`memory` bounds the engine's memory (`512MB`, `2GB`); what does not fit is spilled to disk."""

    every: Annotated[Every, Meta(title="自动复核", extra={"labels": EVERY})] = "off"
    day: Annotated[int, Meta(title="每月（季度首月）几号", ge=1, le=28)] = 5
    memory: Annotated[str, Meta(title="内存上限", pattern=r"^[1-9][0-9]{0,4}(MB|GB)$")] = "1GB"
    threads: Annotated[int, Meta(title="并行数", ge=1, le=64)] = 2
