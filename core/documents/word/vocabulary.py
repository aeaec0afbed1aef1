"""What a Word template may name: the values of a paper, by the words that stand on it. Pure.

    {{ 申请人 }}   {%p for 行 in 正文 %}{{ 行 }}{%p endfor %}   {%tr for 行 in 家庭成员 %}{{ 行.姓名 }}{%tr endfor %}

A sample paper of each form, with everything filled in, is its vocabulary: what a case has nothing of is left empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from core.documents.papers import (
    Line,
    NoticePaper,
    Paper,
    PostingPaper,
    Row,
    Section,
    SheetPaper,
    Value,
    Values,
    WorksheetPaper,
)

CODE = "二维码"
"""The paper's QR code, a picture; the one name that is no text."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")


@dataclass(frozen=True)
class Vocabulary:
    """Names of single texts, of lists of texts, and of tables with their columns."""

    texts: tuple[str, ...]
    lists: tuple[str, ...]
    tables: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> frozenset[str]:
        return frozenset({*self.texts, *self.lists, *self.tables, CODE})


def name_of(label: str) -> str:
    """A label as a template writes it: `财产：车辆` is `财产_车辆`, what stands in brackets is left out."""
    name = re.sub(r"\W+", "_", re.sub(r"[（(].*?[）)]", "", label)).strip("_")
    return f"_{name}" if name[:1].isdigit() else name


def vocabulary_of(sample: Paper) -> Vocabulary:
    """What the sample has. A list or table without a line tells nothing, so a sample has at least one in each."""
    texts, lists, tables = [], [], dict[str, tuple[str, ...]]()
    for name, value in values_of(sample).items():
        if isinstance(value, str):
            texts.append(name)
        elif isinstance(value[0], str):
            lists.append(name)
        else:
            tables[name] = tuple(value[0])
    return Vocabulary(tuple(texts), tuple(lists), tables)


def complete(paper: Paper, vocabulary: Vocabulary) -> Values:
    """The paper's values under exactly the vocabulary's names; empty where it has none."""
    found = values_of(paper)
    values: Values = {name: str(found.get(name) or "") for name in vocabulary.texts}
    values |= {name: [str(one) for one in found.get(name, ())] for name in vocabulary.lists}
    for name, columns in vocabulary.tables.items():
        lines = [line for line in found.get(name, ()) if isinstance(line, dict)]
        values[name] = [{column: line.get(column, "") for column in columns} for line in lines]
    return values


def values_of(paper: Paper) -> Values:
    """Everything on a paper, by name. Characters no document can hold are left out."""
    found: Values = {
        "标题": paper.title, "机关": paper.office, "日期": paper.dated, "编号": paper.number,
    }  # fmt: skip
    for name, value in _own(paper):
        found.setdefault(name, value)
    return {name: _clean(value) for name, value in found.items()}


def _own(paper: Paper) -> Iterator[tuple[str, Value]]:
    if isinstance(paper, NoticePaper):
        yield from (
            ("收件人", paper.addressee),
            ("正文", list(paper.sentences)),
            ("理由", list(paper.reasons)),
        )
        yield from (("救济途径", paper.remedies), *_rows("", paper.rows))
    elif isinstance(paper, SheetPaper):
        for section in paper.sections:
            yield from _section(section)
    elif isinstance(paper, WorksheetPaper):
        yield from _worksheet(paper)
    elif isinstance(paper, PostingPaper):
        yield from (("地区", paper.area), ("正文", paper.sentence), ("异议", paper.objection))
        yield from (("监督电话", paper.phone), ("名单", list(_posted(paper))))
    else:
        yield from paper.words().items()


def _section(section: Section) -> Iterator[tuple[str, Value]]:
    title = name_of(section.title)
    yield from _rows(title, section.rows)
    if section.lines:
        yield title or "明细", _lines(section.heads, section.lines)
    if section.sentences:
        yield f"{title}说明" if title else "正文", list(section.sentences)


def _worksheet(paper: WorksheetPaper) -> Iterator[tuple[str, Value]]:
    yield from _rows("", paper.heads)
    yield "成员", _lines(("成员", "关系", "年龄", "劳动系数", "原因"), paper.members)
    yield "项目", [{"项目": o.label, "算法": o.formula, "依据": o.law, "金额": o.amount} for o in paper.lines]
    yield from (("步骤", list(paper.steps)), ("结果", paper.result), ("理由", list(paper.reasons)))


def _posted(paper: PostingPaper) -> Iterator[Line]:
    for n, line in enumerate(paper.lines, 1):
        yield {
            "序号": str(n), "申请人": line.applicant, "村民小组": line.group_name, "保障人数": str(line.persons),
            "类别": line.category, "每月金额": line.amount,
        }  # fmt: skip


def _rows(title: str, rows: Iterable[Row]) -> Iterator[tuple[str, Value]]:
    for row in rows:
        label = name_of(row.label)
        yield (f"{title}_{label}" if title else label), row.text


def _lines(heads: Iterable[str], lines: Iterable[tuple[str, ...]]) -> list[Line]:
    columns = [name_of(head) for head in heads]
    return [dict(zip(columns, line, strict=True)) for line in lines]


def _clean(value: Value) -> Value:
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    return [
        _CONTROL.sub("", one) if isinstance(one, str) else {k: _CONTROL.sub("", v) for k, v in one.items()}
        for one in value
    ]  # type: ignore[return-value]
