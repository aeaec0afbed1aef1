"""Whom a form names must be somebody, and hold the office the field asks for in the process's area.

A field says whom it asks for in its Meta: `extra={"widget": "account", "office": …}`

    "known"             any active account with an office in the area (a relative among the staff; an exception)
    "role:observer"     who holds this role for the area
    "may:record_visit"  whose roles allow this step here: the second of two who take it together

The page narrows its choices by the same answer (`unfit`); a forged form is refused at the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

import msgspec

from core.access.authorizer import Actor
from core.access.roles import role_label
from core.kernel import store
from core.kernel.forms.shape import fields_of
from core.kernel.gate import PARTY_ROLES
from core.kernel.runtime import Authority
from core.kernel.stage import View
from core.problems import FieldError, Invalid
from core.storage.database import Transaction

KNOWN = "known"


def unfit(office: str, person: Actor, kind: str, area_code: str, authority: Authority) -> str:
    """Why this person is not whom such a field asks for, as a sentence; empty: they are."""
    what, _, name = office.partition(":")
    roles = authority.roles(person, area_code)
    if what == "may":
        blocked = authority.may(person, kind, name, area_code)
        return f"{person.name}：{blocked.reason}" if blocked else ""
    if what == "role":
        return "" if name in roles else f"{person.name}在这里没有“{role_label(name)}”这个岗位，请另选一人"
    return "" if roles - PARTY_ROLES else f"{person.name}在这里没有岗位，请另选一人"


async def check_named(tx: Transaction, authority: Authority, view: View, form: msgspec.Struct) -> None:
    """Raises Invalid at every field that names nobody, or somebody without the office it asks for."""
    asked = tuple(_asked(form))
    if not asked:
        return
    people = await store.actors(tx, sorted({account for _, _, account in asked}), view.now)
    process, errors = view.process, []
    for path, office, account in asked:
        person = people.get(account)
        if person is None:
            errors.append(FieldError(path, "这个账号不存在或已停用，请从列表里选择"))
        elif why := unfit(office, person, process.kind, process.area_code, authority):
            errors.append(FieldError(path, why))
    if errors:
        raise Invalid("有人员不能这样填", fields=tuple(errors))


def _asked(form: msgspec.Struct, prefix: str = "") -> Iterator[tuple[str, str, UUID]]:
    """(field, office, account) for every account the form names, in its rows too."""
    for field in fields_of(type(form)):
        value, shape = getattr(form, field.attribute), field.shape
        path = prefix + field.name
        item = shape.item or shape
        office = str(shape.extra.get("office") or item.extra.get("office") or "")
        several = isinstance(value, (tuple, list, frozenset, set))
        values: Iterable[object] = value if several else (value,)
        for n, one in enumerate(values):
            at = f"{path}.{n}" if several else path
            if isinstance(one, msgspec.Struct) and item.kind == "struct":
                yield from _asked(one, f"{at}.")
            elif office and isinstance(one, UUID):
                yield at, office, one
