"""What an official form is filled from: a case as it stands, with names in place of ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.access.masking import Sensitive, mask
from core.clock import local_date
from core.documents.papers import Row, Section, SheetPaper
from core.kernel.stage import Record, View
from core.registry.people import Household
from core.stages.context import case_subject
from core.web.views.papers.wording import day


@dataclass(frozen=True)
class Dossier:
    """`names` are those of the accounts that acted or are mentioned; members' names are the household's own."""

    view: View
    area: str
    names: Mapping[UUID, str]

    @property
    def household(self) -> Household:
        return case_subject(self.view).household

    def name(self, person_or_account: UUID | None) -> str:
        """A name; `全家` for nobody in particular."""
        if person_or_account is None:
            return "全家"
        members = {m.person.id: m.person.name for m in self.household.members}
        return members.get(person_or_account) or self.names.get(person_or_account, "（已登记人员）")

    def heads(self) -> Section:
        """Whom the form is about. ID numbers are masked on every paper: the whole number stands in the register."""
        applicant = self.household.applicant.person
        rows = (
            Row(label="申请人", text=applicant.name),
            Row(label="身份证号", text=mask(Sensitive.ID_NUMBER, applicant.private.id_number)),
            Row(label="地区", text=f"{self.area}{self.household.group_name}"),
            Row(label="家庭人口", text=f"{len(self.household.members)} 人"),
        )
        return Section(rows=rows)

    def sheet(self, record: Record, title: str, *sections: Section, **more: Any) -> SheetPaper:
        """Dated on the day of the act it is about, and signed for by whoever took it; who issues it is said by its kind."""
        filed = next(f for f in self.view.records.filed if f.record is record)
        return SheetPaper(
            title=title, number=self.view.process.number, office="",
            dated=day(local_date(filed.at)), sections=(self.heads(), *(s for s in sections if _said(s))), **more,
        )  # fmt: skip

    def by(self, record: Record) -> str:
        """Who filed a record, and when: `李明，2026年9月10日`."""
        filed = next(f for f in self.view.records.filed if f.record is record)
        return f"{self.name(filed.by)}，{day(local_date(filed.at))}"


def _said(section: Section) -> bool:
    return bool(section.rows or section.lines or section.sentences)


def rows(*pairs: tuple[str, str]) -> tuple[Row, ...]:
    """Labelled values; what is empty is left out."""
    return tuple(Row(label=label, text=text) for label, text in pairs if text)


def photos(count: int) -> str:
    return f"{count} 份，存电子档案" if count else ""
