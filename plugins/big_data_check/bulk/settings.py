"""What a district sets for its bulk re-checks (`[plugins.big_data_check.bulk]`). Strict."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Every = Literal["off", "monthly", "quarterly"]
EVERY = {"off": "不自动进行", "monthly": "每月一次", "quarterly": "每季度一次"}


class BulkSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`also_on` asks for one more re-check: set in the province's configuration, every district that inherits it makes its
    own from that day on, within a week. `memory` bounds the engine's memory (`512MB`, `2GB`); what does not fit is spilled
    to disk. Raises ValueError for a day that does not exist."""

    every: Annotated[Every, Meta(title="自动复核", extra={"labels": EVERY})] = "off"
    day: Annotated[int, Meta(title="每月（季度首月）几号", ge=1, le=28)] = 5
    also_on: Annotated[
        str,
        Meta(
            title="另外在这一天做一次", description="省里填写，各区县当天各自开始；留空表示没有",
            pattern=r"^(|20[0-9]{2}-[01][0-9]-[0-3][0-9])$", extra={"placeholder": "2026-12-01"},
        ),
    ] = ""  # fmt: skip
    memory: Annotated[
        str,
        Meta(
            title="内存上限", description="核对一百五十万人至少要 768MB；放不下的写到磁盘上",
            pattern=r"^[1-9][0-9]{0,4}(MB|GB)$",
        ),
    ] = "1GB"  # fmt: skip
    threads: Annotated[int, Meta(title="并行数", ge=1, le=64)] = 2

    def __post_init__(self) -> None:
        if self.also_on:
            date.fromisoformat(self.also_on)
