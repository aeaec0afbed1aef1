"""Scored forms: what one ballot comes to, and what a household's ballots come to. Pure; exact until the one rounding.

A ballot's total is the weighted mean of its scores. Of all totals so many are left out at the top and at the bottom (the
trimmed mean), so that one friend or one enemy does not carry the household. Who abstains gives no total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from plugins.women_panel.config import PanelConfig

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Criterion:
    name: str
    weight: int


@dataclass(frozen=True, slots=True)
class Form:
    """A district's form: criteria with weights, the range of a score, how many totals each end loses, the mark."""

    criteria: tuple[Criterion, ...]
    least: int
    most: int
    trim: int
    mark: Decimal

    @classmethod
    def of(cls, config: PanelConfig) -> Form:
        parts = [text.rpartition("=") for text in config.criteria]
        return cls(
            tuple(Criterion(name, int(weight)) for name, _, weight in parts),
            config.score_min, config.score_max, config.score_trim, Decimal(config.score_mark),
        )  # fmt: skip


def wrong(form: Form, scores: Sequence[int]) -> str:
    """Why these scores are no ballot; empty when they are one."""
    if len(scores) != len(form.criteria):
        return f"请给每一项打分：共 {len(form.criteria)} 项，现在 {len(scores)} 项"
    if not all(form.least <= score <= form.most for score in scores):
        return f"每一项打 {form.least} 到 {form.most} 分"
    return ""


def total(form: Form, scores: Sequence[int]) -> Decimal:
    """A ballot's weighted mean, to the hundredth. Raises ValueError for scores that are no ballot."""
    if wrong(form, scores):
        raise ValueError("not a ballot of this form")
    weights = [criterion.weight for criterion in form.criteria]
    return _rounded(Fraction(sum(w * s for w, s in zip(weights, scores, strict=True)), sum(weights)))


def trimmed_mean(totals: Sequence[Decimal], trim: int) -> Decimal | None:
    """The mean without the `trim` highest and lowest, to the hundredth; nothing is left out where nothing would be left.

    None without totals.
    """
    if not totals:
        return None
    kept = sorted(totals)[trim : len(totals) - trim] if len(totals) > 2 * trim else list(totals)
    return _rounded(sum((Fraction(one) for one in kept), Fraction()) / len(kept))


def _rounded(exact: Fraction) -> Decimal:
    """Half up, once: through more digits than a tie could hide behind."""
    hundredths = exact * 100
    whole, rest = divmod(hundredths.numerator, hundredths.denominator)
    up = 2 * rest >= hundredths.denominator
    return (Decimal(whole + up) / 100).quantize(CENT, ROUND_HALF_UP)
