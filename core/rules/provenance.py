"""Where a value on the file comes from: who said or found it, when, with which evidence."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

from core.rules.values import Labelled, titled


class Source(Labelled):
    """Where a value comes from (the order in which later ones are weightier is the investigators' business)."""

    DECLARED = "declared", "申报"
    ARCHIVED = "archived", "原档案"
    VISITED = "visited", "入户核实"
    REGISTRY = "registry", "部门数据"


class Provenance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Source of a value; `by` is a name or an office, `evidence` are SHA-256 of files on the case."""

    source: Annotated[Source, titled("来源")] = Source.DECLARED
    on: Annotated[date | None, titled("日期")] = None
    by: Annotated[str, titled("由谁记录")] = ""
    evidence: Annotated[tuple[str, ...], titled("凭据")] = ()


DECLARED = Provenance()
