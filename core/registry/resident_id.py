"""The citizen identity number (GB 11643-1999): 17 digits and a check character; old 15-digit numbers are converted.

The area part is not checked against today's tree (codes change); a contradiction with a declared birth date or sex
is a warning for the clerk, not an error. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789XX")

Sex = Literal["male", "female"]


@dataclass(frozen=True, slots=True)
class ResidentId:
    """A valid number in its 18-character form. `converted` tells that the 15-digit form was given."""

    number: str
    converted: bool = False

    @property
    def birth_date(self) -> date:
        return date(int(self.number[6:10]), int(self.number[10:12]), int(self.number[12:14]))

    @property
    def sex(self) -> Sex:
        return "male" if int(self.number[16]) % 2 else "female"


def check_character(first17: str) -> str:
    """The 18th character for 17 digits: weights 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2, remainder → 1 0 X 9 … 2."""
    return _CHECK[sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11]


def parse(text: str) -> ResidentId:
    """Read a number as typed (spaces, full-width digits and a small x are forgiven).

    Raises ValueError with a Chinese sentence that says what to look at.
    """
    number = text.translate(_FULL_WIDTH).replace(" ", "").replace("-", "").upper()
    converted = len(number) == 15 and number.isascii() and number.isdigit()
    if converted:
        number = f"{number[:6]}19{number[6:]}"
        number += check_character(number)
    if len(number) != 18 or not number.isascii() or not number[:17].isdigit():
        raise ValueError(f"身份证号应为18位（老证15位），{_counted(number)}，请对照证件重新输入")
    if number[17] != check_character(number[:17]):
        raise ValueError(f"身份证号对不上，{_suspected(number)}，请对照证件核对")
    result = ResidentId(number, converted)
    if not _is_day(number):
        raise ValueError(
            f"身份证号里的出生日期（第 7 到 14 位，{number[6:10]}年{number[10:12]}月{number[12:14]}日）不存在，"
            "请对照证件重新输入"
        )
    return result


def _counted(number: str) -> str:
    if len(number) == 18:
        return "前 17 位只能是数字"
    return f"现在是{len(number)}位"


def _suspected(number: str) -> str:
    """Where to look first: two neighbours in the wrong order, an impossible birth date, else the last character."""
    swapped = [
        n
        for n in range(16)
        if number[n] != number[n + 1] and _holds(f"{number[:n]}{number[n + 1]}{number[n]}{number[n + 2 :]}")
    ]
    if len(swapped) == 1:
        return f"第 {swapped[0] + 1} 位和第 {swapped[0] + 2} 位可能写反了"
    if not _is_day(number):
        return "第 7 到 14 位是出生年月日，里面有一位可能输错了"
    wanted = check_character(number[:17])
    return f"最后一位按前面算应当是 {wanted}，您填的是 {number[17]}；也可能前面有一位输错了"


def _holds(number: str) -> bool:
    return number[17] == check_character(number[:17]) and _is_day(number)


def _is_day(number: str) -> bool:
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return True


def contradictions(resident_id: ResidentId, birth_date: date | None, sex: Sex | None) -> tuple[str, ...]:
    """Warnings where declared birth date or sex differ from the number's own."""
    found = []
    if birth_date is not None and birth_date != resident_id.birth_date:
        found.append("填写的出生日期与身份证号不一致，请核对")
    if sex is not None and sex != resident_id.sex:
        found.append("填写的性别与身份证号不一致，请核对")
    return tuple(found)
