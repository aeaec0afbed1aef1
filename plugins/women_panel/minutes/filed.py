"""What a session's sealed minutes leave on the round's file: their hash, in the hash-chained journal."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from core.sdk import Action, Outcome, Record, View
from core.sdk.household import Form, Hash, Papers


class MinutesForm(Form, frozen=True):
    session: Annotated[str, Meta(title="评议会编号", min_length=1, max_length=60)]
    digest: Annotated[Hash, Meta(title="内容的 SHA-256")]
    sha256: Annotated[Hash, Meta(title="文件的 SHA-256")]
    signatures: Annotated[int, Meta(title="签名人数", ge=0, le=200)]
    sealed_by: Annotated[UUID, Meta(title="定稿人", extra={"widget": "account"})]
    unsigned: Annotated[int, Meta(title="记明原因没有签名的人数", ge=0, le=200)] = 0
    papers: Papers = ()


class SessionMinutes(Record, frozen=True):
    """`digest` is of what was signed, `sha256` of the PDF that is kept as evidence."""

    session: str
    digest: str
    sha256: str
    signatures: int
    sealed_by: UUID
    unsigned: int = 0
    papers: tuple[str, ...] = ()


def file_minutes(_: View, form: MinutesForm) -> Outcome:
    record = SessionMinutes(
        form.session, form.digest, form.sha256, form.signatures, form.sealed_by, form.unsigned, form.papers
    )
    others = f"，{form.unsigned} 人没有签名、记明原因" if form.unsigned else ""
    others += f"，纸上签字的记录 {len(form.papers)} 张" if form.papers else ""
    return Outcome(
        records=(record,),
        basis=f"评议会 {form.session} 的会议记录定稿，{form.signatures} 人签名{others}，SHA-256 {form.sha256}",
        evidence=form.papers,
    )


FILE_MINUTES = Action("file_minutes", "会议记录归档", file_minutes, MinutesForm)
"""Filed by the plugin's service only: the hash is of a file it made itself."""
