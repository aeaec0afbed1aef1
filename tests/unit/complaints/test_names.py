"""Whose name stands in a text: whole names only, and both where nobody can tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.complaints.names import meant

KNOWN = (
    "王小", "王小明", "张伟", "张伟明", "欧阳", "阳明", "欧阳明", "司马光明", "马光", "买买提·吐尔逊", "吐尔逊", "王家明", "王家",
    "township_reviewer", "township_reviewer 2",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("王小明收了他家的礼", {"王小明"}),
        ("王小收了他家的礼", {"王小"}),
        ("王小明和王小都收了礼", {"王小明", "王小"}),
        ("王小家有小汽车", {"王小"}),
        ("王小", {"王小"}),
        ("欧阳明把材料压着不办", {"欧阳明"}),
        ("村民欧阳明", {"欧阳明"}),
        ("阳明家有车", {"阳明"}),
        ("欧阳书记不管", {"欧阳"}),
        ("司马光明的亲戚", {"司马光明"}),
        ("王 小 明收了礼", {"王小明"}),
        ("王　小，收了礼", {"王小"}),
        ("买买提·吐尔逊不困难", {"买买提·吐尔逊"}),
        ("买买提 吐尔逊不困难", {"买买提·吐尔逊", "吐尔逊"}),
        ("吐尔逊不困难", {"吐尔逊"}),
        ("买买提•吐尔逊", {"买买提·吐尔逊"}),
        ("township_reviewer 2和township_reviewer都收了礼", {"township_reviewer", "township_reviewer 2"}),
        ("township_reviewer 2收了礼", {"township_reviewer 2"}),
        ("township_reviewers", set()),
        ("李四收了礼", set()),
        ("", set()),
    ],
)
def test_a_text_speaks_of_whole_names(text: str, names: set[str]) -> None:
    assert meant(text, KNOWN) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("张伟明天来收钱", {"张伟", "张伟明"}),
        ("王家明年盖房", {"王家", "王家明"}),
        ("王小 明天来", {"王小", "王小明"}),
    ],
)
def test_where_a_text_can_be_read_both_ways_both_are_meant(text: str, names: set[str]) -> None:
    assert meant(text, KNOWN) == names


@pytest.mark.parametrize(
    ("whom", "known", "names"),
    [
        ("王小明", ["王小"], set()),
        ("王小明，村会计", ["王小"], set()),
        ("王小家", ["王小"], {"王小"}),
        ("老王小", ["王小"], {"王小"}),
        ("王强他爸", ["王强"], {"王强"}),
        ("徐家庄王强", ["王强"], {"王强"}),
        ("村主任王强", ["王强"], {"王强"}),
        ("欧阳明", ["阳明", "欧阳"], set()),
        ("欧阳志明", ["阳志", "欧阳"], set()),
        ("欧阳书记", ["欧阳"], {"欧阳"}),
        ("王 小 明", ["王小"], set()),
        ("王小 李四", ["王小", "李四"], {"王小", "李四"}),
    ],
)
def test_where_a_name_is_asked_for_a_stranger_s_name_is_whole_as_well(
    whom: str, known: list[str], names: set[str]
) -> None:
    assert meant("", known, whom) == names


def test_a_stranger_named_there_is_no_namesake_in_the_text_either() -> None:
    assert meant("王小明收了礼", ["王小"], whom="王小明") == set()
    assert meant("王小明收了礼", ["王小"]) == {"王小"}, "nobody said that there is a 王小明"


@given(
    st.sampled_from(["王强", "李小红", "欧阳明", "买买提·吐尔逊"]),
    st.sampled_from(["", "听说", "副镇长", "2026年，", "就是"]),
    st.sampled_from(["", "家", "的亲戚", "收了礼", "，不公平", " 和他哥"]),
)
def test_whoever_is_named_by_the_whole_name_is_always_found(name: str, before: str, after: str) -> None:
    assert meant(f"{before}{name}{after}", [name, "王", "李小", "欧阳", "吐尔逊", "阳明"]) >= {name}
