"""What a form page needs beside its fields: where errors stand, what may be chosen, what the form starts with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from core.access.roles import role_label
from core.kernel.forms import FieldSpec, describe
from core.kernel.forms.flat import MOST_ROWS
from core.problems import Problem
from core.rules.facts import HouseholdFacts
from core.stages.application import Application
from core.stages.context import CaseSubject, district
from core.stages.findings import open_findings
from core.stages.home_visit import HomeVisit
from core.storage.database import Transaction
from core.web.i18n import gettext as _
from core.web.intake import RELATIONS
from core.web.views.eligible import narrowed
from core.web.views.scope import significant

if TYPE_CHECKING:
    from core.access.authorizer import Authorizer
    from core.kernel.situation import Situation
    from core.kernel.stage import Action, View
    from core.web.services import TenantLike

VISIT = "record_visit"
_PEOPLE = frozenset({"account", "accounts"})


def errors_of(problem: Problem | None, specs: Sequence[FieldSpec] = ()) -> dict[str, str]:
    """Errors by the HTML name they are shown at (`members-0-name`); several at one field are joined.

    With `specs`, what is wrong within one input (the third line of a list of lines) stands at that input, and what
    belongs to none stands at the top only (`""`).
    """
    found: dict[str, str] = {}
    for error in problem.fields if problem else ():
        name = _shown_at(error.field.split("."), specs) if specs else error.field.replace(".", "-")
        found[name] = f"{found[name]}；{error.message}" if name in found else error.message
    return found


def _shown_at(path: list[str], specs: Sequence[FieldSpec]) -> str:
    spec = next((s for s in specs if s.name == path[0] and s.widget != "hidden"), None)
    if spec is None:
        return ""
    row = path[1:2] if spec.widget in ("rows", "calendar") else []
    below = path[1 + len(row) :] if spec.nested else []
    inner = _shown_at(below, spec.nested) if below else ""
    return "-".join(part for part in (spec.name, *row, inner) if part)


def widgets_of(specs: tuple[FieldSpec, ...]) -> frozenset[str]:
    return frozenset(w for spec in specs for w in (spec.widget, *widgets_of(spec.nested)))


async def options_for(
    tx: Transaction,
    situation: Situation,
    authorizer: Authorizer,
    specs: tuple[FieldSpec, ...],
    upload: str,
) -> dict[str, Any]:
    """People, members and findings a form may choose from; `account` holds everybody, for the names."""
    widgets, view = widgets_of(specs), situation.view
    options: dict[str, Any] = {"upload": upload, "suggest": RELATIONS}
    if isinstance(view.subject, CaseSubject):
        options["member"] = [(str(m.person.id), m.person.name) for m in view.subject.household.members]
        options["signatory"] = options["member"] + _supporters(view)
    if "finding" in widgets:
        options["finding"] = [
            (f.suspicion.id, f"{f.suspicion.kind.label}：{f.suspicion.item}") for f in open_findings(view)
        ]
    if "crop" in widgets:
        rules = district(view).parameters(view.process.accepted_on or view.today).income
        options["crop"] = [(crop.code, crop.label) for crop in rules.crops]
    if widgets & _PEOPLE:
        people = await colleagues(tx, view.process.area_code, view.process.kind)
        options |= {"account": people, **await narrowed(tx, situation, authorizer, specs, people)}
    return options


def _supporters(view: View) -> list[tuple[str, str]]:
    """Legal supporters who signed for themselves: not members, but theirs to sign anew."""
    application = view.records.last(Application)
    signed = application.supporters if application else {}
    return [(str(person), f"{s.name}（{_('赡养人')}）") for person, s in signed.items()]


async def colleagues(tx: Transaction, area_code: str, kind: str) -> list[tuple[str, str]]:
    """Active accounts whose area covers this one, by post and name: namesakes are told apart by what they do."""
    rows = await tx.fetch(
        """SELECT DISTINCT a.id, a.name, g.area_code, g.role FROM account a
           JOIN account_grant g ON g.tenant_id = a.tenant_id AND g.account_id = a.id
           WHERE a.tenant_id = $1 AND a.status = 'active' AND g.role <> ALL($2)
           ORDER BY a.name, a.id""",
        tx.tenant,
        ["applicant", "helper", "system_admin", "security_admin", "audit_admin", "service"],
    )
    found: dict[str, tuple[str, list[str]]] = {}
    for row in rows:
        if area_code.startswith(significant(row["area_code"])):
            posts = found.setdefault(str(row["id"]), (row["name"], []))[1]
            posts.append(role_label(row["role"]))
    people = sorted(found.items(), key=lambda item: (sorted(item[1][1]), item[1][0]))
    return [(key, f"{name}（{'、'.join(sorted(posts))}）") for key, (name, posts) in people]


async def villages(
    tx: Transaction, tenant: TenantLike, under: str = "", within: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """Villages to choose from, with their township; at most 2,000. `within`: prefixes of the areas somebody works in."""
    rows = await tx.fetch(
        """SELECT v.code, t.name || ' ' || v.name AS name FROM area v JOIN area t ON t.code = v.parent_code
           WHERE starts_with(v.code, $1) AND right(v.code, 3) <> '000'
           AND ($2::text[] = '{}' OR EXISTS (SELECT FROM unnest($2::text[]) w WHERE starts_with(v.code, w)))
           ORDER BY v.code LIMIT 2000""",
        significant(under) if under else significant(tenant.code.ljust(12, "0")),
        list(within),
    )
    return [(row["code"], row["name"]) for row in rows]


def starting_values(situation: Situation, action: Action) -> dict[str, Any]:
    """What an untouched form shows: the action's own, and the household's facts as last known."""
    view = situation.view
    values: dict[str, Any] = dict(action.prefill(view)) if action.prefill else {}
    specs = {spec.name: spec for spec in describe(action.form)}
    facts = specs.get("facts")
    if facts is not None and facts.required and not values.get("facts"):
        values["facts"] = _known_facts(situation)
        if action.name == VISIT:
            _found_by(values["facts"], situation)
    authorisations = specs.get("authorisations")
    if (
        authorisations is not None
        and "authorisations" not in values
        and isinstance(view.subject, CaseSubject)
    ):
        values["authorisations"] = [
            {"person_id": str(m.person.id), "signed_on": view.today.isoformat()}
            for m in view.subject.household.members
        ]
    return values


def gone_on_with(start: dict[str, Any], typed: dict[str, Any]) -> dict[str, Any]:
    """What was typed, over what an untouched form shows: nothing known is missing because it was never sent."""
    values = start | typed
    facts, known = typed.get("facts"), start.get("facts")
    if isinstance(facts, dict) and isinstance(known, dict):
        values["facts"] = known | facts
    return values


def _found_by(facts: Any, situation: Situation) -> None:
    """What investigators leave as it stands they have found themselves: its source is their visit."""
    view = situation.view
    if isinstance(facts, dict):
        if "provenance" in facts:
            facts["provenance"] = {"source": "visited", "on": view.today.isoformat(), "by": view.actor.name}
        for inner in facts.values():
            _found_by(inner, situation)
    elif isinstance(facts, list):
        for inner in facts:
            _found_by(inner, situation)


def _known_facts(situation: Situation) -> dict[str, Any]:
    view = situation.view
    for kind in (HomeVisit, Application):
        filed: Any = view.records.last(kind)
        if filed is not None:
            facts: HouseholdFacts = filed.facts
            found: dict[str, Any] = msgspec.to_builtins(facts)
            return found
    if not isinstance(view.subject, CaseSubject):
        return {}
    return {
        "members": [
            {"person_id": str(m.person.id), "name": m.person.name, "relation": m.relation,
             "birth_date": m.person.private.birth_date.isoformat(), "living": "together"}
            for m in view.subject.household.members
        ]
    }  # fmt: skip


def add_row(typed: dict[str, Any], name: str) -> None:
    """One more blank row under `members` or `facts-income`, for browsers without scripts."""
    node: Any = typed
    parts = name.split("-")
    for part in parts[:-1]:
        node = _into(node, part)
    if isinstance(node, dict):
        rows = node.get(parts[-1])
        node[parts[-1]] = [*(rows if isinstance(rows, list) else []), {}]


def drop_row(typed: dict[str, Any], name: str) -> None:
    """Remove the row named `members-2`."""
    node: Any = typed
    parts = name.split("-")
    for part in parts[:-1]:
        node = _into(node, part)
    if isinstance(node, list) and (row := _row(parts[-1])) < len(node):
        del node[row]


def _into(node: Any, part: str) -> Any:
    if isinstance(node, list):
        return node[row] if (row := _row(part)) < len(node) else {}
    return node.setdefault(part, {}) if isinstance(node, dict) else {}


def _row(part: str) -> int:
    """A row's number; what is none lies beyond every row."""
    return int(part) if part.isascii() and part.isdigit() and len(part) <= 6 else MOST_ROWS
