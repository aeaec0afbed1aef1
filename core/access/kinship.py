"""Who is whose relative: degrees computed from declared edges (spouse, parent, sibling). Pure.

Declarations are half complete by nature: only the father was entered, a sister without her parents, a marriage by one
side. So the declared edges are first completed by one careful step, wide rather than narrow, because a relative let in
does more harm than one kept out (an override is on record):

    spouses    declared, and who have a child together
    parents    declared; those of declared siblings; the declared spouses of these (step-parents)
    siblings   declared, over any number of siblings; and who share a parent (half- and step-siblings, 民法典 1127)

Everything else is composed from these three. What somebody is to another has its counterpart (`inverse`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal
from uuid import UUID

Relation = Literal["spouse", "parent", "sibling"]


class Degree(StrEnum):
    """What one person is to another, nearest first. In-laws as in 公务员回避规定: 近姻亲."""

    MEMBER = "member"
    SPOUSE = "spouse"
    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    GRANDCHILD = "grandchild"
    PARENT_IN_LAW = "parent_in_law"
    CHILD_IN_LAW = "child_in_law"
    SIBLING_IN_LAW = "sibling_in_law"
    UNCLE_AUNT = "uncle_aunt"
    NEPHEW_NIECE = "nephew_niece"
    COUSIN = "cousin"
    CO_PARENT_IN_LAW = "co_parent_in_law"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def inverse(self) -> Degree:
        """What the other one is in return: an uncle's counterpart is the nephew."""
        return _INVERSE.get(self, self)


_LABELS = {
    Degree.MEMBER: "本户成员",
    Degree.SPOUSE: "配偶",
    Degree.PARENT: "父母",
    Degree.CHILD: "子女",
    Degree.SIBLING: "兄弟姐妹",
    Degree.GRANDPARENT: "祖父母、外祖父母",
    Degree.GRANDCHILD: "孙子女、外孙子女",
    Degree.PARENT_IN_LAW: "配偶的父母",
    Degree.CHILD_IN_LAW: "儿媳、女婿",
    Degree.SIBLING_IN_LAW: "兄弟姐妹的配偶、配偶的兄弟姐妹及其配偶",
    Degree.UNCLE_AUNT: "伯叔姑舅姨及其配偶",
    Degree.NEPHEW_NIECE: "侄子女、外甥子女",
    Degree.COUSIN: "堂、表兄弟姐妹",
    Degree.CO_PARENT_IN_LAW: "子女配偶的父母",
}
_PAIRS = (
    (Degree.PARENT, Degree.CHILD),
    (Degree.GRANDPARENT, Degree.GRANDCHILD),
    (Degree.PARENT_IN_LAW, Degree.CHILD_IN_LAW),
    (Degree.UNCLE_AUNT, Degree.NEPHEW_NIECE),
)
_INVERSE = {**dict(_PAIRS), **{b: a for a, b in _PAIRS}}

NEAR_RELATIVES = frozenset(
    {Degree.SPOUSE, Degree.PARENT, Degree.CHILD, Degree.SIBLING, Degree.GRANDPARENT, Degree.GRANDCHILD}
)
"""近亲属 (民法典 1045): the default of both degree sets."""

EVERY_DEGREE = frozenset(Degree) - {Degree.MEMBER}


@dataclass(frozen=True, slots=True)
class Edge:
    """Declared: `a` is the <relation> of `b`."""

    a: UUID
    b: UUID
    relation: Relation


Kin = Mapping[UUID, frozenset[UUID]]
_NOBODY: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Family:
    """The completed graph. Each mapping gives for a person those who are that to them."""

    spouses: Kin
    parents: Kin
    children: Kin
    siblings: Kin
    _ways: Mapping[Degree, tuple[tuple[Kin, ...], ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        s, p, c, b = self.spouses, self.parents, self.children, self.siblings
        ways: dict[Degree, tuple[tuple[Kin, ...], ...]] = {
            Degree.SPOUSE: ((s,),),
            Degree.PARENT: ((p,),),
            Degree.CHILD: ((c,),),
            Degree.SIBLING: ((b,),),
            Degree.GRANDPARENT: ((p, p),),
            Degree.GRANDCHILD: ((c, c),),
            Degree.PARENT_IN_LAW: ((s, p),),
            Degree.CHILD_IN_LAW: ((c, s),),
            Degree.SIBLING_IN_LAW: ((s, b), (b, s), (s, b, s)),
            Degree.UNCLE_AUNT: ((p, b), (p, b, s)),
            Degree.NEPHEW_NIECE: ((b, c), (s, b, c)),
            Degree.COUSIN: ((p, b, c),),
            Degree.CO_PARENT_IN_LAW: ((c, s, p),),
        }
        object.__setattr__(self, "_ways", ways)

    def of_degree(self, person: UUID, degree: Degree) -> frozenset[UUID]:
        """Those who are the <degree> of `person`; never the person."""
        found: set[UUID] = set()
        for way in self._ways.get(degree, ()):
            reached = {person}
            for step in way:
                reached = {other for one in reached for other in step.get(one, _NOBODY)}
            found |= reached
        return frozenset(found - {person})


def family_of(edges: Iterable[Edge]) -> Family:
    """Complete the declared edges (see the module). Edges of a person to themself are ignored."""
    spouses, declared_parents, siblings = _declared(edges)
    parents: dict[UUID, set[UUID]] = defaultdict(set)
    for person in set(declared_parents) | set(siblings):
        own = set(declared_parents.get(person, ()))
        for sibling in siblings.get(person, ()):
            own |= declared_parents.get(sibling, set())
        own |= {step for parent in own for step in spouses.get(parent, ())}
        parents[person] = own - {person}
    for together in declared_parents.values():
        for one in together:
            spouses[one] |= together - {one}
    children = _turned(parents)
    all_siblings = {
        person: (siblings.get(person, set()) | _through(parents, children, person)) - {person}
        for person in set(siblings) | set(parents)
    }
    return Family(_frozen(spouses), _frozen(parents), _frozen(children), _frozen(all_siblings))


def relatives(
    edges: Iterable[Edge], person: UUID, degrees: Collection[Degree] = EVERY_DEGREE
) -> dict[UUID, Degree]:
    """Everybody who is one of `degrees` to `person`, with the nearest of these (a cousin may be a brother-in-law too)."""
    return relatives_in(family_of(edges), person, degrees)


def relatives_in(
    family: Family, person: UUID, degrees: Collection[Degree] = EVERY_DEGREE
) -> dict[UUID, Degree]:
    found: dict[UUID, Degree] = {}
    for degree in Degree:
        if degree in degrees:
            for other in family.of_degree(person, degree):
                found.setdefault(other, degree)
    return found


Sets = dict[UUID, set[UUID]]


def _declared(edges: Iterable[Edge]) -> tuple[Sets, Sets, Sets]:
    spouses: Sets = defaultdict(set)
    parents: Sets = defaultdict(set)
    siblings: Sets = defaultdict(set)
    for edge in edges:
        if edge.a == edge.b:
            continue
        if edge.relation == "parent":
            parents[edge.b].add(edge.a)
            continue
        both = spouses if edge.relation == "spouse" else siblings
        both[edge.a].add(edge.b)
        both[edge.b].add(edge.a)
    return spouses, parents, _groups(siblings)


def _groups(linked: Sets) -> Sets:
    """Siblings of siblings are siblings: every connected group, as each one's set of the others."""
    found: Sets = {}
    for start in linked:
        if start in found:
            continue
        group, ahead = {start}, [start]
        while ahead:
            for other in linked[ahead.pop()] - group:
                group.add(other)
                ahead.append(other)
        for one in group:
            found[one] = group - {one}
    return found


def _turned(kin: Sets) -> Sets:
    turned: Sets = defaultdict(set)
    for person, others in kin.items():
        for other in others:
            turned[other].add(person)
    return turned


def _through(parents: Sets, children: Sets, person: UUID) -> set[UUID]:
    return {child for parent in parents.get(person, ()) for child in children.get(parent, ())}


def _frozen(kin: Sets) -> Kin:
    return {person: frozenset(others) for person, others in kin.items() if others}
