"""The notice-board sheet of a posting, with its allowed fields and no others (57号 24; PIPL 25, 28)."""

from __future__ import annotations

from core.documents.papers import PostingLine, PostingPaper
from core.web.views.papers.wording import day, money
from core.web.views.postings import FiledPosting

OBJECTION = "公示期内如有异议，请向村委会、乡镇民政办反映，我们逐件核实并为您保密。"
OBJECTION_ANY_TIME = "如有异议，请随时向村委会、乡镇民政办反映，我们逐件核实并为您保密。"


def posting_paper(posting: FiledPosting, office: str, phone: str) -> PostingPaper:
    """The notice-board sheet. Nothing but the posting's own entries can get onto it."""
    standing = posting.kind == "long_term"
    sentence = (
        "经审核确认，以下家庭享受最低生活保障，现予公布。"
        if standing
        else "经调查审核，拟将以下家庭纳入最低生活保障，现予公示，接受监督。"
    )
    if posting.ends_on is not None:
        sentence += f"公示时间：{day(posting.starts_on)}至{day(posting.ends_on)}。"
    lines = tuple(
        PostingLine(
            applicant=e.applicant, group_name=e.group_name, persons=e.persons, category=e.category,
            amount=money(e.amount) if e.amount is not None else "",
        )
        for e in posting.entries
    )  # fmt: skip
    return PostingPaper(
        title=f"农村最低生活保障{posting.label}", office=office, dated=day(posting.starts_on),
        area=posting.area, sentence=sentence, lines=lines, phone=phone,
        objection=OBJECTION_ANY_TIME if standing else OBJECTION,
    )  # fmt: skip
