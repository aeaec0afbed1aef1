"""Domain §8 lists the forms there must be: each is a paper, has a Word layout of the district's own, and is printed for a village."""

from __future__ import annotations

from collections.abc import Mapping

from core.web.views.papers.batches import BATCHES
from core.web.views.papers.notices import KINDS
from core.web.views.papers.samples import SAMPLES
from core.web.views.papers.sheets import FORMS

OF_A_CASE: Mapping[str, tuple[str, ...]] = {
    "application": ("application",),
    "integrity pledge": ("pledge",),
    "verification authorisation": ("authorisation",),
    "home-visit survey": ("visit",),
    "review and confirmation sheet": ("review", "confirmation"),
    "refusal / reduction / termination notice": ("denial", "reduction", "termination"),
    "near-relative registration": ("relatives",),
    "spot-check sheet": ("spot_check",),
    "grace-exit sheet": ("grace_sheet",),
}
ELSEWHERE: Mapping[str, str] = {
    "panel ballot and minutes": "women_panel prints them: tests/plugins/women_panel/test_own_layouts.py",
    "posting notice": "each posting on the round's page; in Word as `posting`",
    "payment roll": "the village's, on the round's page; in Excel, and in Word as `payroll`",
}
"""Forms of §8 that are no paper of a case."""

PRINTED = [kind for batch in BATCHES for kind, _ in batch.papers]


def test_every_form_of_a_case_can_be_printed_for_a_whole_village() -> None:
    missing = {form: [kind for kind in kinds if kind not in PRINTED] for form, kinds in OF_A_CASE.items()}
    assert not any(missing.values()), missing
    assert "posting" in SAMPLES
    assert len(OF_A_CASE) + len(ELSEWHERE) == 12, "as many as domain §8 names"


def test_whatever_a_case_can_have_is_among_what_a_village_is_printed_and_once() -> None:
    assert set(PRINTED) == {*FORMS, *KINDS, "worksheet"}
    assert len(PRINTED) == len(set(PRINTED))


def test_whatever_is_printed_can_have_the_districts_own_layout() -> None:
    assert {*PRINTED, "posting", "payroll"} == set(SAMPLES)
