"""Who stays out of a household's case: whoever belongs to it, or is related to a member within the district's degrees.

Pure. A member acting for their own household as its party is let through by the gate, not here. Source: 57号 11,
社会救助法 70; the degree set is the district's parameter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from core.access.kinship import Degree, Edge, family_of


def recused(
    person: UUID, members: Collection[UUID], edges: Iterable[Edge], degrees: Collection[Degree]
) -> Degree | None:
    """What `person` is to a member (the nearest), when that keeps them out; None when they may take part.

    A degree in the set stands for its counterpart as well: who keeps out uncles keeps out nephews. Members of the
    household are always kept out, whatever the set.
    """
    if person in members:
        return Degree.MEMBER
    declared = tuple(edges)
    if not any(person in (edge.a, edge.b) for edge in declared):
        return None
    counted = {*degrees, *(degree.inverse for degree in degrees)} - {Degree.MEMBER}
    family = family_of(declared)
    households = set(members)
    for degree in Degree:
        if degree in counted and family.of_degree(person, degree.inverse) & households:
            return degree
    return None
