"""Is this registry record about this person? The ID number first; without one, name + birth date + area as a suspicion.

    same ID number (15 digits converted)                     → SAME, also where the name is written differently
    the same but for the century, and the same name          → NAMESAKE: a slip of the registry's, to be asked about
    another valid ID number                                  → OTHER, however alike the rest is
    no readable ID number, same name, birth date, district   → NAMESAKE: shown, asked about, never taken as fact

Every answer says in Chinese what it rests on. Pure.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from core.sdk.verification import parse

_DISTRICT = 6
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", string.digits)
DOTS = "•・∙‧."
"""What is typed for the dot in minority names."""


class Certainty(StrEnum):
    SAME = "same"
    NAMESAKE = "namesake"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom we ask about. `area_code` is the household's village (12 digits)."""

    person_id: UUID
    name: str
    id_number: str
    birth_date: date
    area_code: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a registry says its record is about; anything but the name may be missing or misspelt."""

    name: str
    id_number: str = ""
    birth_date: date | None = None
    area_code: str = ""


@dataclass(frozen=True, slots=True)
class RegistryRecord:
    """One record as delivered: whose it is said to be, and its fields by key (`vocabulary.FIELDS`)."""

    identity: Identity
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Match:
    certainty: Certainty
    explanation: str


def compare(wanted: Wanted, found: Identity) -> Match:
    """Whether `found` is `wanted`, and why."""
    try:
        registered = parse(found.id_number) if found.id_number.strip() else None
        unreadable = False
    except ValueError:
        registered, unreadable = None, True
    if registered is not None:
        return _by_number(wanted, found, registered.number, registered.converted)
    return _by_name(wanted, found, unreadable)


def readable_number(text: str) -> str:
    """The 18-character form of an ID number; empty when it cannot be one."""
    try:
        return parse(text).number
    except ValueError:
        return ""


def same_name(one: str, other: str) -> bool:
    """Names are the same however spaces, full width or the dot of minority names are typed."""
    return plain_name(one) == plain_name(other)


def plain_name(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name)
    return "".join("·" if ch in DOTS else ch for ch in folded if not ch.isspace()).upper()


def other_century(number: str) -> str:
    """The 18-character number somebody gets who takes the wrong century for this one; empty where that is no number."""
    century = {"19": "20", "20": "19"}.get(number[6:8], "")
    first17 = number[:6] + century + number[8:17]
    return next((found for last in "0123456789X" if (found := readable_number(first17 + last))), "")


def _by_number(wanted: Wanted, found: Identity, number: str, converted: bool) -> Match:
    own = parse(wanted.id_number).number
    if number == other_century(own) and same_name(wanted.name, found.name):
        return Match(
            Certainty.NAMESAKE,
            "疑似同名：登记的身份证号只有世纪（19、20）不同，姓名相同，可能是登记写错，要再核实",
        )
    if number != own:
        return Match(Certainty.OTHER, "身份证号不同，是另一个人")
    basis = "身份证号一致" + ("（登记的是15位老证号，已换算成18位）" if converted else "")
    if not same_name(wanted.name, found.name):
        basis += "；登记的姓名与申报的写法不同，请核对"
    return Match(Certainty.SAME, basis)


def _by_name(wanted: Wanted, found: Identity, unreadable: bool) -> Match:
    born = found.birth_date or _birth_date_in(found.id_number)
    differs = [
        what
        for what, same in (
            ("姓名", same_name(wanted.name, found.name)),
            ("出生日期", born == wanted.birth_date),
            ("地区", bool(found.area_code) and found.area_code[:_DISTRICT] == wanted.area_code[:_DISTRICT]),
        )
        if not same
    ]
    number = "登记的身份证号有误" if unreadable else "登记里没有身份证号"
    if differs:
        return Match(Certainty.OTHER, f"{number}，{'、'.join(differs)}对不上，不算同一人")
    return Match(Certainty.NAMESAKE, f"疑似同名：{number}，只有姓名、出生日期和地区相同，是不是本人要再核实")


def _birth_date_in(text: str) -> date | None:
    """The birth date written in a number whose check character is wrong or missing."""
    digits = "".join(ch for ch in text.translate(_FULL_WIDTH) if ch in string.digits)
    if len(digits) not in (17, 18):
        return None
    try:
        return date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return None
