"""Numbers and words the rules share: exact money, rounding to the fen, labelled choices, field descriptions.

Money is `Decimal` yuan. Inside a calculation it is a `Fraction`, so that nothing is rounded before domain §3 says so.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import Any, TypeVar

from msgspec import Meta

MAX_YUAN = Decimal("999999999999.99")
"""What NUMERIC(14,2) holds."""
_MOST_DIGITS = 30

E = TypeVar("E", bound="Labelled")


class Labelled(StrEnum):
    """A choice with the Chinese word people read: `WAGES = "wages", "工资性收入"`."""

    label: str

    def __new__(cls: type[E], value: str, label: str = "") -> E:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value
        return member


def titled(title: str, description: str = "", **extra: Any) -> Meta:
    """The description of a form field; `extra` goes to the page (widget, unit, minimum …)."""
    return Meta(title=title, description=description or None, extra=extra or None)


def money(title: str, description: str = "", *, minimum: int | None = 0) -> Meta:
    """A yuan amount with at most two decimals. `minimum=None` allows negative amounts (a business loss)."""
    extra = {"widget": "money", "unit": "元", "places": 2, "maximum": str(MAX_YUAN)}
    if minimum is not None:
        extra["minimum"] = str(minimum)
    return titled(title, description, **extra)


def wrong_number(
    value: Decimal, *, minimum: Decimal | None = Decimal(0), maximum: Decimal = MAX_YUAN, places: int = 2
) -> str | None:
    """What is wrong with a number, as a Chinese sentence, or None.

    Not-a-number, infinity and exponents that would take forever to calculate with never pass.
    """
    if not value.is_finite():
        return "请填一个数字。"
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    if value > maximum or value < -maximum or exponent > MAX_YUAN.adjusted():
        return f"数字太大，最多 {maximum:,f}。"
    if minimum is not None and value < minimum:
        return f"不能小于 {minimum:f}。"
    if exponent < -places and any(digits[exponent + places :]):
        return f"最多 {places} 位小数。" if places else "请填整数。"
    if exponent < -_MOST_DIGITS:
        return "小数点后面的 0 太多了。"
    return None


def fen(value: Fraction) -> Decimal:
    """Rounded once, half up (away from zero), to the fen."""
    return rounded(value, 2)


def rounded(value: Fraction, places: int) -> Decimal:
    """Half up to `places` decimals; for display and for payable figures, never for comparison."""
    scale: int = 10**places
    size = floor(abs(value) * scale + Fraction(1, 2))
    return Decimal(-size if value < 0 else size).scaleb(-places)


def fen_down(value: Fraction) -> Decimal:
    """Rounded down to the fen (a member's share, domain §3)."""
    return Decimal(floor(value * 100)).scaleb(-2)


def say(value: Decimal | Fraction | int) -> str:
    """A number as people write it: `12,000`, `0.5`, `4.25`; fractions are shown with at most four decimals."""
    number = rounded(value, 4) if isinstance(value, Fraction) else Decimal(value)
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def say_yuan(value: Decimal | Fraction) -> str:
    """An amount with two decimals: `1,055.00`."""
    return f"{fen(Fraction(value)):,.2f}"


def say_percent(ratio: Decimal) -> str:
    return f"{say(ratio * 100)}%"
