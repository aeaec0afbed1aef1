"""What a made-up household is and has, as the visitors will find it, and as the API's forms say it.

Members are referred to by their place in the household: what the register will call them is not known before the
household has been registered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.simulate.people import Villager

SELF = "本人"


@dataclass(frozen=True, slots=True)
class Member:
    """`labour` is "full", "half" or "none" where it has to be assessed; `disability` is (class, grade)."""

    person: Villager
    relation: str
    labour: str = ""
    disability: tuple[str, int] | None = None
    student: bool = False
    serious_illness: bool = False
    children: int | None = None
    living: str = "together"


@dataclass(frozen=True, slots=True)
class Income:
    kind: str
    amount: Decimal
    owner: int | None = None
    basis: str = ""
    new_job: bool = False


@dataclass(frozen=True, slots=True)
class Medical:
    amount: Decimal
    owner: int
    documented: bool = True


@dataclass(frozen=True, slots=True)
class Plot:
    """Farmed with a crop, or leased out at `rent` a mu and year."""

    mu: Decimal
    crop: str = ""
    rent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Supporter:
    """A grown-up child living elsewhere. `per_capita` is its household's income a head, known only with consent."""

    name: str
    relation: str
    supports: tuple[int, ...]
    consent: bool
    per_capita: Decimal | None = None
    persons_supported: int = 1


@dataclass(frozen=True, slots=True)
class Car:
    owner: int
    plate: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Household:
    """The first member applies."""

    members: tuple[Member, ...]
    group: str
    address: str
    bank_account: str
    income: tuple[Income, ...] = ()
    medical: tuple[Medical, ...] = ()
    plots: tuple[Plot, ...] = ()
    supporters: tuple[Supporter, ...] = ()
    cars: tuple[Car, ...] = field(default=())

    @property
    def applicant(self) -> Villager:
        return self.members[0].person


def opening_form(household: Household, area_code: str, round_id: str | None) -> dict[str, Any]:
    """`POST /cases`."""
    return {
        "area_code": area_code,
        "members": [member_form(m) for m in household.members],
        "group_name": household.group,
        "address": household.address,
        "bank_account": household.bank_account,
        "round": round_id,
    }


def member_form(member: Member) -> dict[str, Any]:
    """The applicant's phone is made of their ID number, so that it is nobody's and always the same."""
    form = {"name": member.person.name, "id_number": member.person.id_number, "relation": member.relation}
    if member.relation == "本人":
        form["phone"] = f"199{member.person.id_number[6:14]}"
    return form


def facts_form(household: Household, ids: Sequence[str], source: str, *, cars: bool = True) -> dict[str, Any]:
    """The household's facts as forms carry them. `ids` are the register's person ids in the order of members.

    `source` is where they come from ("declared", "visited"); without `cars` the household kept quiet about them.
    """
    provenance = {"source": source}
    return {
        "members": [_member(m, person) for m, person in zip(household.members, ids, strict=True)],
        "income": [
            {
                "kind": i.kind, "amount": str(i.amount), "owner": None if i.owner is None else ids[i.owner],
                "basis": i.basis, "new_job": i.new_job, "provenance": provenance,
            }
            for i in household.income
        ],
        "deductions": [
            {
                "kind": "medical", "amount": str(m.amount), "owner": ids[m.owner], "documented": m.documented,
                "provenance": provenance,
            }
            for m in household.medical
        ],
        "land": [_plot(p) | {"provenance": provenance} for p in household.plots],
        "supporters": [_supporter(s, ids) | {"provenance": provenance} for s in household.supporters],
        "assets": {"vehicles": [_car(c, ids) | {"provenance": provenance} for c in household.cars if cars]},
    }  # fmt: skip


def _member(member: Member, person_id: str) -> dict[str, Any]:
    form: dict[str, Any] = {
        "person_id": person_id,
        "name": member.person.name,
        "relation": member.relation,
        "birth_date": member.person.birth_date.isoformat(),
        "living": member.living,
        "student": member.student,
        "serious_illness": member.serious_illness,
    }
    if member.labour:
        form["labour"] = {"capacity": member.labour, "reason": "入户评定"}
    if member.disability:
        form["disability"] = {"kind": member.disability[0], "grade": member.disability[1]}
    if member.children is not None:
        form["children"] = member.children
    return form


def _plot(plot: Plot) -> dict[str, Any]:
    if plot.rent is not None:
        return {"mu": str(plot.mu), "use": "leased_out", "rent_per_mu": str(plot.rent)}
    return {"mu": str(plot.mu), "use": "farmed", "crop": plot.crop}


def _supporter(supporter: Supporter, ids: Sequence[str]) -> dict[str, Any]:
    form: dict[str, Any] = {
        "name": supporter.name,
        "relation": supporter.relation,
        "supports": [ids[k] for k in supporter.supports],
        "consent": supporter.consent,
        "persons_supported": supporter.persons_supported,
    }
    if supporter.per_capita is not None:
        form["household_per_capita"] = str(supporter.per_capita)
    return form


def _car(car: Car, ids: Sequence[str]) -> dict[str, Any]:
    return {"owner": ids[car.owner], "reference": car.plate, "kind": "car", "value": str(car.value)}
