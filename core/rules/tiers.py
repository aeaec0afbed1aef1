"""The tier table of a district: which category, from what r, Σ labour and L; an ordinary decision table with legal limits.

r = annual per-capita income / standard; Σ labour = sum of the labour coefficients; L = Σ / n (domain §7).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta

from core.problems import FieldError
from core.rules.table_checks import problems_of as table_problems
from core.rules.tables import Column, Output, Row, Table, TableSpec
from core.rules.unary import Cell, CellError, Interval, Kind, parse
from core.rules.values import money, titled, wrong_number

RATIO = Column("ratio", "人均收入占标准的比例", Kind.NUMBER, domain="[0..1)")
LABOUR_TOTAL = Column("labour_total", "劳动系数合计", Kind.NUMBER, domain=">= 0")
LABOUR_INDEX = Column("labour_index", "人均劳动系数", Kind.NUMBER, domain="[0..1]")
COLUMNS = (RATIO, LABOUR_TOTAL, LABOUR_INDEX)

BELOW_STANDARD = "社会救助法 18；57号 23"


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One category. Cells are DMN unary tests that only set upper limits (`< 0.70`, `<= 0.25`, `0`, `-`)."""

    category: Annotated[str, Meta(title="保障类别", min_length=1)]
    amount: Annotated[Decimal, money("每人每月金额")]
    ratio: Annotated[str, titled("人均收入占标准的比例")]
    labour_total: Annotated[str, titled("劳动系数合计")] = "-"
    labour_index: Annotated[str, titled("人均劳动系数")] = "-"
    law: Annotated[str, titled("依据")] = BELOW_STANDARD

    def cells(self) -> dict[str, str]:
        return {
            RATIO.fact: self.ratio,
            LABOUR_TOTAL.fact: self.labour_total,
            LABOUR_INDEX.fact: self.labour_index,
        }


def tier_table_spec(tiers: tuple[Tier, ...]) -> TableSpec:
    """The tiers as a decision table; row ids are `tier-1`, `tier-2` …, in order."""
    return TableSpec(
        name="tiers",
        label="保障类别",
        columns=COLUMNS,
        outputs=(Output("category", "保障类别", Kind.TEXT), Output("amount", "每人每月金额", Kind.NUMBER)),
        rows=tuple(
            Row(
                f"tier-{k}",
                tier.category,
                tier.cells(),
                {"category": tier.category, "amount": tier.amount},
                tier.law,
            )
            for k, tier in enumerate(tiers, start=1)
        ),
        complete=True,
    )


@lru_cache(maxsize=256)
def tier_table(tiers: tuple[Tier, ...]) -> Table:
    """The checked table. Raises Invalid."""
    return Table.of(tier_table_spec(tiers))


def problems_of(tiers: tuple[Tier, ...], path: str) -> Iterable[FieldError]:
    """Everything wrong with the tiers, table and law: the last one r < 1 without further limits, less money for more means."""
    if not tiers:
        return
    names = [t.category for t in tiers]
    for k, tier in enumerate(tiers):
        if names.index(tier.category) < k:
            yield FieldError(f"{path}.{k}.category", f"类别“{tier.category}”重复了。")
        if wrong := wrong_number(tier.amount, minimum=Decimal("0.01")):
            yield FieldError(f"{path}.{k}.amount", wrong)
        yield from _only_upper_limits(tier, f"{path}.{k}")
    for k, (upper, lower) in enumerate(pairwise(tiers), start=1):
        if lower.amount > upper.amount:
            text = f"“{lower.category}”的金额不能高于前一类“{upper.category}”，否则收入多的反而拿得多。"
            yield FieldError(f"{path}.{k}.amount", text)
    for problem in table_problems(tier_table_spec(tiers)):
        if problem.severity == "error":
            yield FieldError(_place(problem.where, path), problem.message)
    yield from _last_is_the_standard(tiers[-1], f"{path}.{len(tiers) - 1}")


def _place(where: str, path: str) -> str:
    """The table's path (`rows.2.cells.ratio`) in the terms of rules.toml (`tiers.2.ratio`)."""
    return where.replace("rows", path, 1).replace(".cells", "").replace(".outputs", "")


def _cell(text: str, column: Column) -> Cell | None:
    try:
        return parse(text, column.kind)
    except CellError:
        return None  # told by the table's own checks


def _only_zero(cell: Cell) -> bool:
    zero = Fraction(0)
    return not cell.negated and cell.intervals == (Interval(zero, True, zero, True),)


def _only_upper_limits(tier: Tier, path: str) -> Iterable[FieldError]:
    for column in COLUMNS:
        cell = _cell(tier.cells()[column.fact], column)
        if cell is None or cell.anything or cell.upper_bound or _only_zero(cell):
            continue
        text = f"“{column.label}”只能写上限（例如 < 0.5、<= 0.25、0）或 -：收入、劳动能力增加，类别不能反而提高。"
        yield FieldError(f"{path}.{column.fact}", text)


def _last_is_the_standard(last: Tier, path: str) -> Iterable[FieldError]:
    cell = _cell(last.ratio, RATIO)
    bound = cell.upper_bound if cell else None
    if cell is not None and (bound is None or bound.high != Fraction(1) or bound.high_closed):
        yield FieldError(
            f"{path}.ratio", "最后一类必须写 < 1：人均收入低于标准的家庭都要有类别（社会救助法 18）。"
        )
    for column in (LABOUR_TOTAL, LABOUR_INDEX):
        limit = _cell(last.cells()[column.fact], column)
        if limit is not None and not limit.anything:
            yield FieldError(f"{path}.{column.fact}", f"最后一类不能限制“{column.label}”，请写 -。")
