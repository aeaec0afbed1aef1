"""What stops a vote, a slip, a conflict or a count before anything else is looked at: the meeting, or the household itself."""

from __future__ import annotations

from uuid import UUID

from core.sdk import Conflict, Outline
from plugins.women_panel.agendas import Entry
from plugins.women_panel.records import Session


class Paused(Conflict):
    """Nothing is taken until the meeting goes on; phones know the code and keep the ballot until then."""

    code = "meeting_paused"


class AnotherAccount(Conflict):
    """What a phone sends was declared or sealed by somebody else than who is signed in; phones keep it until she is."""

    code = "another_account"


def check_sender(signed_in: UUID, sender: UUID | None) -> None:
    """Raises AnotherAccount where `sender`, whoever declared or sealed, is named and is not signed in: two women may share
    one phone, and what waits there would go under whoever signed in last."""
    if sender not in (None, signed_in):
        raise AnotherAccount(
            "现在登录的不是投这张票的人，没有收下，也没有记在您名下。",
            source="评议规则", hint="请投票的人自己登录，手机里的票会自动送出",
        )  # fmt: skip


def check_open(session: Session, entry: Entry) -> None:
    """Raises Conflict unless the meeting goes on and the household's vote is open."""
    check_not_over(session, entry)
    if session.paused:
        raise Paused(
            "评议会暂停了，现在不能投票，也不能清点、计票。", source="评议规则", hint="请等主持人宣布继续"
        )


def check_not_over(session: Session, entry: Entry) -> None:
    """The same, but also in a pause."""
    if session.state != "open":
        raise session_over()
    if entry.state == "withdrawn":
        raise withdrawn()
    if entry.state != "open":
        raise Conflict(
            "这一户已经结束投票。",
            hint="请接着投下一户；手机里还没送出的票不再计入，请告诉主持人，记入会议记录",
        )


def check_case(case: Outline) -> None:
    """Raises Conflict for a household that has left the round since the session opened."""
    if case.process.ended:
        raise withdrawn()


def session_over() -> Conflict:
    return Conflict("这次评议会已经结束。", hint="还有没评议的户，请另开一次评议会")


def withdrawn() -> Conflict:
    return Conflict(
        "这家已经退出申请，不再评议；投过的票不拆封、不计票。", source="评议规则", hint="请接着办下一户"
    )
