"""What must hold of every case however it came about: read off its duties and its journal."""

from __future__ import annotations

from uuid import UUID

from core.access.duties import APART

ENDING = {"decide_reduction", "decide_grace", "decide_termination"}


def nobody_twice(duties: list[tuple[UUID, str]]) -> None:
    for account, duty in duties:
        for other, earlier in duties:
            assert account != other or frozenset((duty, earlier)) not in APART, (duty, earlier)


def heard_before_less(journal: list[tuple[int, str]]) -> None:
    """Every decision to reduce or end follows a hearing that follows the proposal it decides on."""
    last = {"record_hearing": 0, "proposal": 0}
    for seq, action in journal:
        if action in ENDING:
            assert last["record_hearing"] > last["proposal"] > 0, f"{action} at {seq} without a hearing"
        if action == "record_hearing":
            last["record_hearing"] = seq
        if action in ("open_hearing", "conclude_review"):
            last["proposal"] = seq


def looked_into_before_paid(actions: list[str], *, paid: bool) -> None:
    assert paid is ("publish" in actions)
    if "confirm" in actions:
        before = actions[: actions.index("confirm")]
        for needed in ("accept", "record_visit", "file_verification_report", "prepare_worksheet", "give_opinion",
                       "start_posting"):  # fmt: skip
            assert needed in before, f"confirmed without {needed}"
