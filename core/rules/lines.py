"""One line of the income worksheet: what it is, how it was reckoned, how much, where it comes from."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import msgspec

from core.rules.provenance import Provenance
from core.rules.values import fen


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`amount` is signed yuan as shown (to the fen); `exact` is the fraction behind it where the fen is not exact.

    `counted=False` is a line shown for completeness: its amount is 0 and the formula says why.
    """

    code: str
    label: str
    formula: str
    amount: Decimal
    exact: str = ""
    counted: bool = True
    person_id: UUID | None = None
    provenance: Provenance | None = None
    law: str = ""

    @property
    def value(self) -> Fraction:
        """The exact amount (domain §3: lines are kept exact)."""
        return Fraction(self.exact) if self.exact else Fraction(self.amount)


def line(
    code: str,
    label: str,
    formula: str,
    value: Fraction,
    *,
    counted: bool = True,
    person_id: UUID | None = None,
    provenance: Provenance | None = None,
    law: str = "",
) -> Line:
    shown = fen(value)
    exact = "" if Fraction(shown) == value else str(value)
    return Line(code, label, formula, shown, exact, counted, person_id, provenance, law)


class Missing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the worksheet cannot be closed yet; `field` is the path in the facts."""

    field: str
    message: str


class Flag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something the reader must know although it does not block (an unverified supporter)."""

    code: str
    text: str
    law: str = ""
