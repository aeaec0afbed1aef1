"""Step 1: whose row is it said to be. ID numbers as `core.sdk.verification.parse` reads them, names as people write them.

Cheap first: well over nine rows in ten are typed cleanly and go by one pattern; only the rest is washed. The check
character is worked out only where no person was found by the number, since numbers on the rolls are valid.
"""

from __future__ import annotations

from typing import Any

import ibis

_CLEAN = r"^([0-9]{17}[0-9X]|[0-9]{15})$"
_WIDE, _NARROW = "０１２３４５６７８９Ｘｘ -", "0123456789XX"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
CENTURY = 10**9
"""The place of the century's last digit in a stem: six of the district stand before it, nine digits behind."""
_PLAIN = r"^[一-鿿]+$"
_DOTS = "•・∙‧.．"
_FULL = "".join(chr(c) for c in range(0xFF21, 0xFF3B)) + "".join(chr(c) for c in range(0xFF41, 0xFF5B))
_HALF = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 2


def numbered(rows: ibis.Table, known: Any = False) -> ibis.Table:
    """Adds `digits` (15 or 18 characters, else null), `stem` (the 17 digits before the check character), `short` (the stem
    without its century, as in a 15-digit number) and `readable` (`_readable`).

    Rows of which `known` is true are not read: they have none of these.
    """
    raw: Any = rows.id_number
    washed = raw.translate(_WIDE, _NARROW).upper()
    digits = ibis.cases(
        (ibis.literal(known) if isinstance(known, bool) else known, ibis.null("string")),
        (raw.re_search(_CLEAN), raw),
        (washed.re_search(_CLEAN), washed),
        else_=ibis.null("string"),
    )
    stems = _with_stem(rows.mutate(digits=digits))
    return stems.mutate(readable=_readable(stems))


def _with_stem(rows: ibis.Table) -> ibis.Table:
    digits: Any = rows.digits
    old = digits.substr(0, 6) + "19" + digits.substr(6, 9)
    return rows.mutate(
        stem=ibis.ifelse(digits.length() == 15, old, digits.substr(0, 17)).cast("int64"),
        short=ibis.ifelse(digits.length() == 15, digits, without_century(digits)).cast("int64"),
    )


def without_century(number: Any) -> Any:
    """The 15 digits an old number had, of one with 18 characters."""
    return number.substr(0, 6) + number.substr(8, 9)


def other_century(stem: Any, number: Any) -> Any:
    """The stem a person gets from whoever takes the wrong century, as `matching.other_century`; null before 1900."""
    century = number.substr(6, 2)
    return ibis.cases(
        (century == "19", stem + CENTURY), (century == "20", stem - CENTURY), else_=ibis.null("int64")
    )


def _readable(rows: Any) -> Any:
    """False where no number can be read: none, misspelt, wrong check character, or a birth date that does not exist."""
    digits = rows.digits
    wrong = (digits.length() == 18) & (check_place(rows.stem) != ibis.literal(_CHECK).find(digits.right(1)))
    return ibis.cases(
        (digits.isnull(), ibis.literal(False)), (wrong, ibis.literal(False)), else_=date_in(digits).notnull()
    )


def check_place(stem: Any) -> Any:
    """Where in `_CHECK` the 18th character of 17 digits stands, the digits given as a number.

    Remainders only, no division (which engines do in floating point): the digit at 10^k is (stem % 10^(k+1) − stem % 10^k)
    / 10^k, and dividing by 10^k modulo 11 is multiplying by (−1)^k.
    """
    return sum(stem % 10**power * factor for power, factor in _factors()) % 11


def _factors() -> list[tuple[int, int]]:
    """How often each remainder counts, between 0 and 10, so that the sum stays below 2^63."""
    signed = [weight * (-1) ** k for k, weight in enumerate(reversed(_WEIGHTS))]
    counts = [
        (k, (signed[k - 1] - (signed[k] if k < len(signed) else 0)) % 11) for k in range(1, len(signed) + 1)
    ]
    return [(power, factor) for power, factor in counts if factor]


def date_in(digits: Any) -> Any:
    """The birth date a number of 15 or 18 characters tells; null where there is no such day."""
    return _day(
        ibis.ifelse(digits.length() == 15, ibis.literal("19") + digits.substr(6, 6), digits.substr(6, 8))
    )


def date_written(text: Any) -> Any:
    """The birth date in a number with a wrong or missing check character, as `matching.compare` reads it; null without."""
    digits = text.translate(_WIDE, _NARROW).re_replace("[^0-9]", "")
    return ibis.ifelse(digits.length().isin([17, 18]), _day(digits.substr(6, 8)), ibis.null("date"))


def _day(text: Any) -> Any:
    return (text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 2)).try_cast("date")


def plain(name: Any) -> Any:
    """As `matching.plain_name`: spaces, full width and the dot of minority names do not count."""
    washed = name.translate(_DOTS + _FULL, "·" * len(_DOTS) + _HALF).re_replace(r"[\s　 ]", "").upper()
    return ibis.ifelse(name.re_search(_PLAIN), name, washed)
