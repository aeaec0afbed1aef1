"""The official forms of a case that can be printed now, by kind (domain §8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.documents.papers import SheetPaper
from core.web.views.papers import applying, deciding, fieldwork
from core.web.views.papers.dossier import Dossier


@dataclass(frozen=True)
class Form:
    """`own`: the household may print it as well; it is its own paper."""

    make: Callable[[Dossier], SheetPaper | None]
    own: bool = False


FORMS: Mapping[str, Form] = {
    "application": Form(applying.application, own=True),
    "pledge": Form(applying.pledge, own=True),
    "authorisation": Form(applying.authorisation, own=True),
    "relatives": Form(deciding.relatives),
    "visit": Form(fieldwork.visit),
    "review": Form(deciding.review),
    "spot_check": Form(fieldwork.spot_check),
    "grace_sheet": Form(deciding.grace),
}


def sheets(dossier: Dossier, *, own: bool = False) -> dict[str, SheetPaper]:
    """The latest of each; `own`: only what the household may print of its own case."""
    made = {kind: form.make(dossier) for kind, form in FORMS.items() if form.own or not own}
    return {kind: paper for kind, paper in made.items() if paper is not None}
