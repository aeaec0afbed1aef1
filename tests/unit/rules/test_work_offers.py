"""Three refusals in a row without a good reason, of one person: the law's number, and nobody else's share (57号 34)."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.rules.work_offers import THREE, Answer, Offered, in_a_row, refusing, still_without

HE, SHE = UUID(int=1), UUID(int=2)
histories = st.lists(
    st.builds(Offered, st.sampled_from([HE, SHE]), st.sampled_from(list(Answer))), max_size=12
)


@given(histories)
def test_what_others_answer_changes_nobodys_count(history: list[Offered]) -> None:
    alone = [offer for offer in history if offer.member == HE]
    assert in_a_row(history, HE) == in_a_row(alone, HE)


@given(histories, st.sampled_from([Answer.TAKEN, Answer.EXCUSED]))
def test_work_taken_or_a_good_reason_ends_the_row(history: list[Offered], answer: Answer) -> None:
    assert in_a_row([*history, Offered(HE, answer)], HE) == 0
    assert HE not in refusing([*history, Offered(HE, answer)])


@given(histories)
def test_each_refusal_counts_one_and_the_third_in_a_row_is_enough(history: list[Offered]) -> None:
    before = in_a_row(history, HE)
    after = [*history, Offered(HE, Answer.REFUSED)]
    assert in_a_row(after, HE) == before + 1
    assert (HE in refusing(after)) == (before + 1 >= THREE)


@given(histories)
def test_nobody_is_refusing_who_was_offered_less_than_three(history: list[Offered]) -> None:
    for member in refusing(history):
        assert sum(o.member == member and o.answer is Answer.REFUSED for o in history) >= THREE


@given(st.frozensets(st.sampled_from([HE, SHE])), histories)
def test_a_share_stays_stopped_until_its_member_takes_work(
    stopped: frozenset[UUID], since: list[Offered]
) -> None:
    took = {o.member for o in since if o.answer is Answer.TAKEN}
    assert still_without(stopped, since) == stopped - took
