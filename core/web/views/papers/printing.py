"""Which papers of a case somebody may print, and each of them by its kind: notices, official forms, the worksheet."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from core.problems import NotFound
from core.storage.database import Transaction
from core.web.views.papers.dossier import Dossier
from core.web.views.papers.issuing import issuing_of
from core.web.views.papers.notices import notices
from core.web.views.papers.sheets import sheets
from core.web.views.papers.worksheet import worksheet_paper
from core.web.views.scope import account_names, area_names

if TYPE_CHECKING:
    from core.documents.papers import Paper
    from core.kernel.situation import Situation


async def papers_of(tx: Transaction, situation: Situation) -> dict[str, Paper]:
    """By kind. Raises NotFound for whoever may not read the file's papers; the household gets its own."""
    if situation.view.process.kind != "case" or situation.recused is not None:
        raise NotFound("没有找到这份文书")
    officer = situation.standing.permitted("view_assets") is None
    if not officer and not situation.standing.is_party:
        raise NotFound("没有找到这份文书")
    return await made_of(tx, situation, own=not officer)


async def made_of(tx: Transaction, situation: Situation, *, own: bool = False) -> dict[str, Paper]:
    """The papers a case has now, whoever asks; `own`: those the household may print."""
    view = situation.view
    area = (await area_names(tx, {view.process.area_code}))[view.process.area_code]
    dossier = Dossier(view, area, await _names(tx, situation))
    worksheet = worksheet_paper(view, area)
    made: dict[str, Paper] = {
        **notices(view), **sheets(dossier, own=own), **({"worksheet": worksheet} if worksheet else {}),
    }  # fmt: skip
    issuing = await issuing_of(tx, view)
    return {kind: msgspec.structs.replace(paper, office=issuing.of(kind)) for kind, paper in made.items()}


async def _names(tx: Transaction, situation: Situation) -> dict[UUID, str]:
    view = situation.view
    acted = {filed.by for filed in view.records.filed} | {account for account, __ in view.duties}
    return await account_names(tx, acted)


def file_stem(paper: Paper) -> str:
    return f"{paper.title}{paper.number and '-' + paper.number}"


def file_name(paper: Paper) -> str:
    return f"{file_stem(paper)}.pdf"
