"""docs/what-we-ask.md has a reason for every question of applying, and names what is not asked: nothing more, nothing less."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from core.kernel.forms import FieldSpec, describe
from core.stages.application import SubmitForm
from core.stages.catalogue import STAGES
from core.web.api.applying import PhoneProofForm, ReceiptCodeForm
from core.web.api.session import PhoneForm
from core.web.asked import KNOWN, NOT_ASKED, PROVENANCE, asked, paths
from core.web.intake import OpenCaseForm
from core.web.owning import OwnForm

PAGE = Path(__file__).parents[2] / "docs" / "what-we-ask.md"
DOOR: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "door": (PhoneForm, PhoneProofForm, OwnForm),
    "receipt": (ReceiptCodeForm,),
    "open": (OpenCaseForm,),
}


def rows(*, left_out: bool) -> dict[str, str]:
    """Field → reason, of the tables before or under `Not asked`."""
    before, _, after = PAGE.read_text("utf-8").partition("## Not asked")
    found = {}
    for line in (after if left_out else before).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        field = re.fullmatch(r"`([a-z_]+:[a-z_-]+)`", cells[0])
        if field:
            assert field[1] not in found, f"{field[1]} stands there twice"
            found[field[1]] = cells[-1]
    return found


def questions() -> set[str]:
    """Everything a household is asked on its pages: at the door, on the way, and at every step that is its own."""
    found = {
        f"{name}:{path}" for name, forms in DOOR.items() for form in forms for path in paths(describe(form))
    }
    found |= {f"submit:{path}" for path in paths(asked(describe(SubmitForm)))}
    own = {a.name: a.form for stage in STAGES for a in stage.actions if a.party}
    for name in own.keys() - {"submit", "save_draft"}:
        found |= {f"{name}:{path}" for path in paths(describe(own[name]))}
    return found


def test_every_question_has_its_reason_and_every_reason_its_question() -> None:
    told = rows(left_out=False)
    assert sorted(told) == sorted(questions())
    assert [field for field, reason in told.items() if len(reason) < 8] == []


def test_what_is_not_asked_is_said_and_really_is_not() -> None:
    told = rows(left_out=True)
    assert sorted(told) == sorted(f"submit:{path}" for path in NOT_ASKED | KNOWN)
    everything = {f"submit:{path}" for path in _all(describe(SubmitForm))}
    assert told.keys() <= everything, "a field that is gone"
    assert not told.keys() & questions()


def test_where_a_value_comes_from_is_nobodys_question() -> None:
    assert not [
        field for field in questions() if field.split("-")[-1] == PROVENANCE or f"{PROVENANCE}-" in field
    ]


def test_a_question_without_a_reason_would_be_noticed() -> None:
    class Nosy(msgspec.Struct):
        shoe_size: int

    assert list(paths(asked(describe(Nosy)))) == ["shoe_size"]
    assert "submit:shoe_size" not in rows(left_out=False)


def _all(specs: tuple[FieldSpec, ...], prefix: str = "") -> set[str]:
    found = set()
    for spec in specs:
        found |= {f"{prefix}{spec.name}"} | _all(spec.nested, f"{prefix}{spec.name}-")
    return found
