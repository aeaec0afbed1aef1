"""A wording can hold the allowed variables and nothing of a person; what it costs is known before it is saved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.complaints import news
from core.problems import Invalid
from plugins.sms_notice.notices import ALWAYS, DATED, NOTICES
from plugins.sms_notice.wording import EACH, ONE, SAMPLE, Variable, Wording, for_phones, initial, segments
from plugins.sms_notice.wordings import preview, standard
from tests.plugins.sms_notice.builders import names

WRONG = [
    ("太短了", "内容太短，请写完整的一句话"),
    ("{姓名}，您的申请\n已受理，请留意。", "短信内容写成一段，不要换行"),
    ("【民政局】{姓名}，您的申请已受理。", "不要写【】：签名由系统加在最前面"),
    ("{姓名，您的申请已受理，请留意。", "花括号没有成对，变量要写成 {编号} 的样子"),
    ("{姓名}}，您的申请已受理，请留意。", "花括号没有成对，变量要写成 {编号} 的样子"),
    (
        "{身份证号}，您的申请已受理，请留意。",
        "没有变量“身份证号”，可以用：{姓名}、{编号}、{环节}、{机关}、{电话}",
    ),
    (
        "您的申请在{期限}前办结，请留意。",
        "这种通知里没有“期限”，可以用：{姓名}、{编号}、{环节}、{机关}、{电话}",
    ),
    ("请致电 138-0000-0001 办理您的申请。", "不要直接写号码；监督电话请用变量 {电话}"),
    ("办" * 210, "内容太长，一条通知最多拆成 3 条短信，请写短些"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_wrong_wording_is_refused_with_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        Wording.parse(text, ALWAYS)
    assert said in [error.message for error in refused.value.fields]
    assert {error.field for error in refused.value.fields} == {"text"}


def test_every_mistake_is_said_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        Wording.parse("【局】{卡号}\n{期限}13800000001", ALWAYS)
    assert len(refused.value.fields) == 5


@given(st.text(max_size=80))
def test_a_wording_that_is_taken_holds_nothing_but_its_variables(text: str) -> None:
    try:
        wording = Wording.parse(text, DATED)
    except Invalid:
        return
    filled = wording.fill(SAMPLE)
    assert "{" not in filled
    assert wording.variables <= DATED


@given(st.sets(st.sampled_from(sorted(ALWAYS)), min_size=1))
def test_a_wording_is_filled_with_exactly_what_it_asks_for(chosen: set[Variable]) -> None:
    wording = Wording.parse("您的申请有新情况：" + "、".join(f"{{{v}}}" for v in sorted(chosen)), ALWAYS)
    assert wording.variables == chosen
    assert wording.fill({v: SAMPLE[v] for v in chosen}).endswith("、".join(SAMPLE[v] for v in sorted(chosen)))


@pytest.mark.parametrize("notice", NOTICES.values(), ids=lambda n: n.name)
def test_our_own_wording_of_every_notice_can_be_used_and_costs_two_messages_at_most(notice: object) -> None:
    assert hasattr(notice, "wording")
    shown = preview(standard(notice), "平凉市崆峒区民政局")  # type: ignore[arg-type]
    assert shown.segments <= 2
    assert shown.text.startswith("【平凉市崆峒区民政局】王**")


@pytest.mark.parametrize(
    ("length", "cost"), [(0, 1), (ONE - 4, 1), (ONE - 3, 2), (2 * EACH - 4, 2), (2 * EACH - 3, 3)]
)
def test_a_message_is_one_up_to_seventy_characters_and_then_sixty_seven_each(length: int, cost: int) -> None:
    assert segments("字" * length, "民政") == cost


@given(st.text(max_size=300), st.text(max_size=20))
def test_a_longer_text_never_costs_less(text: str, more: str) -> None:
    assert segments(text + more, "民政局") >= segments(text, "民政局") >= 1


def test_a_sign_outside_of_the_basic_plane_counts_twice() -> None:
    assert segments("𠮷" * 33, "民政") == 1
    assert segments("𠮷" * 34, "民政") == 2


@given(names)
def test_of_a_name_only_the_first_character_is_said_and_not_its_length(name: str) -> None:
    assert initial(name) == f"{name[0]}**"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("您的申请收到了。", "您的申请收到了。回复TD退订"),
        (news.words("TS-1"), news.words("TS-1") + "回复TD退订"),
        ("您的申请收到了，回TD退订。", "您的申请收到了，回TD退订。"),
        ("您的申请收到了。退订请回复“退订”", "您的申请收到了。退订请回复“退订”"),
        ("拒收请回复R", "拒收请回复R回复TD退订"),
    ],
)
def test_every_text_to_a_phone_says_once_how_to_stop_them(text: str, said: str) -> None:
    assert for_phones(text) == said
