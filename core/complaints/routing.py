"""Who answers a complaint: the level that is responsible, never the one complained of, and never the accused's relatives. Pure.

a household, a posting      the township
an official, a procedure    the level above where it happened; nobody eligible there: the one above that
not answered in time        the level above (`core.complaints.following`)
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from core.access.roles import VILLAGE_ROLES, Role


class About(StrEnum):
    HOUSEHOLD = "household"
    OFFICIAL = "official"
    PROCEDURE = "procedure"
    POSTING = "posting"

    @property
    def label(self) -> str:
        return {"household": "反映一户", "official": "反映干部", "procedure": "反映办事程序", "posting": "公示异议"}[
            self.value
        ]  # fmt: skip


class Level(StrEnum):
    """From below upwards."""

    VILLAGE = "village"
    TOWNSHIP = "township"
    DISTRICT = "district"
    PROVINCE = "province"

    @property
    def label(self) -> str:
        return {"village": "村", "township": "乡镇", "district": "区县", "province": "省级"}[self.value]

    @property
    def above(self) -> Level:
        """The next one up; above the province there is none."""
        order = list(Level)
        return order[min(order.index(self) + 1, len(order) - 1)]

    def outranks(self, other: Level) -> bool:
        order = list(Level)
        return order.index(self) > order.index(other)


_TOWNSHIP_ROLES = frozenset({Role.TOWNSHIP_CLERK.value, Role.TOWNSHIP_REVIEWER.value})
_OUTSIDE = frozenset({Role.APPLICANT.value, Role.HELPER.value, Role.SERVICE.value})


def level_of(role: str) -> Level | None:
    """At which level a role serves; None: it is no office."""
    if role in _OUTSIDE:
        return None
    if role == Role.PROVINCE_OPERATOR:
        return Level.PROVINCE
    if role in _TOWNSHIP_ROLES:
        return Level.TOWNSHIP
    return Level.VILLAGE if role in VILLAGE_ROLES else Level.DISTRICT


def levels_of(roles: Iterable[str]) -> frozenset[Level]:
    return frozenset(level for level in map(level_of, roles) if level is not None)


def highest(levels: Iterable[Level]) -> Level:
    found = Level.VILLAGE
    for level in levels:
        found = level if level.outranks(found) else found
    return found


def answered_by(about: About, accused: Level) -> Level:
    """The lowest level that may answer. `accused`: where the official serves, or the procedure went wrong."""
    if about in (About.HOUSEHOLD, About.POSTING):
        return Level.TOWNSHIP
    return accused.above
