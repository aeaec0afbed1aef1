"""Word templates: filled with what there is and nothing else; whatever could run, fetch, peep or unpack is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.documents.papers import NoticePaper, Paper, Row
from core.documents.word import filling, package
from core.documents.word.starter import starter
from core.documents.word.vocabulary import complete, name_of
from core.problems import Invalid
from core.web.views.papers.samples import SAMPLES, vocabulary

pytestmark = pytest.mark.anyio

KIND = "confirmation"
NOTICE = NoticePaper(
    title="最低生活保障确认通知书", office="平凉市崆峒区民政局", dated="2026年9月10日", number="620802-2026-000007",
    addressee="马德福", sentences=("经审核予以确认。", "请于每月十日后领取。"),
    rows=(Row(label="每月金额", text="1,326.00 元"), Row(label="保障人数", text="3 人")), reasons=("人均收入低于标准",),
)  # fmt: skip


def document(*paragraphs: str, header: str = "") -> bytes:
    made = Document()
    for text in paragraphs:
        made.add_paragraph(text)
    if header:
        made.sections[0].header.paragraphs[0].text = header
    return saved(made)


def saved(made: object) -> bytes:
    out = io.BytesIO()
    made.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def rewritten(data: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    """The same document with its parts changed, and others added (`word/x.xml` is `word__x.xml`)."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.infolist():
            target.writestr(part.filename, change(part.filename, source.read(part)))
        for name, body in more.items():
            target.writestr(name.replace("__", "/"), body)
    return out.getvalue()


def as_is(_name: str, body: bytes) -> bytes:
    return body


def within(part: str, old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    def change(name: str, body: bytes) -> bytes:
        assert name != part or old in body
        return body.replace(old, new, 1) if name == part else body

    return change


def text_of(data: bytes) -> str:
    """Everything a reader of the document sees, read back with python-docx."""
    made = Document(io.BytesIO(data))
    cells = [c.text for t in made.tables for row in t.rows for c in row.cells]
    edges = [p.text for s in made.sections for part in (s.header, s.footer) for p in part.paragraphs]
    return "\n".join([*(p.text for p in made.paragraphs), *cells, *edges])


async def refused(template: bytes, kind: str = KIND) -> str:
    with pytest.raises(Invalid) as caught:
        await filling.checked(template, SAMPLES[kind], vocabulary(kind))
    assert {error.field for error in caught.value.fields} == {"file"}
    return "；".join(error.message for error in caught.value.fields)


@pytest.mark.parametrize("kind", SAMPLES)
async def test_every_starter_template_passes_its_own_check_and_shows_the_whole_sample(kind: str) -> None:
    words = vocabulary(kind)
    made = starter(words)
    await filling.checked(made, SAMPLES[kind], words)
    text = text_of(await filling.filled(made, SAMPLES[kind], words))
    for name, value in complete(SAMPLES[kind], words).items():
        for one in [value] if isinstance(value, str) else value:
            for said in one.values() if isinstance(one, dict) else [one]:
                assert said in text, (name, said)
    assert "{{" not in text
    assert "{%" not in text


async def test_a_template_is_filled_with_the_papers_values_its_lists_row_by_row() -> None:
    template = document(
        "{{ 收件人 }}：", "{%p for 句 in 正文 %}", "{{ loop.index }}．{{ 句 }}", "{%p endfor %}",
        "{% if 类别 %}类别 {{ 类别 }}{% else %}不分类{% endif %}，每月 {{ 每月金额 }}", "{{ 二维码 }}", header="编号 {{ 编号 }}",
    )  # fmt: skip
    await filling.checked(template, SAMPLES[KIND], vocabulary(KIND))
    data = await filling.filled(template, NOTICE, vocabulary(KIND), "https://example.org/p/1")
    text = text_of(data)
    for part in (
        "马德福：",
        "1．经审核予以确认。",
        "2．请于每月十日后领取。",
        "不分类，每月 1,326.00 元",
        "编号 620802-2026-000007",
    ):
        assert part in text, part
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert any(name.startswith("word/media/") and name.endswith(".png") for name in archive.namelist()), (
            "QR code"
        )


async def test_a_variable_that_word_cut_into_runs_is_still_one() -> None:
    made = Document()
    paragraph = made.add_paragraph()
    for piece in ("{", "{ 收", "件人 }", "}"):
        paragraph.add_run(piece)
    assert "马德福" in text_of(await filling.filled(saved(made), NOTICE, vocabulary(KIND)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ 每月金颜 }}", "没有变量“每月金颜”，是不是“每月金额”"),
        ("{{ 身份证号 }}", "没有变量“身份证号”"),
        ("{{ 正文 }}", "有好几行"),
        ("{% for 行 in 收件人 %}{{ 行 }}{% endfor %}", "只有一个值"),
        ("{% for 行 in 名单 %}{{ 行.申请人 }}{% endfor %}", "没有变量“名单”"),
        ("{{ 收件人", "花括号没有成对"),
        ("{% if 类别 %}没有收尾", "endif"),
        ("{{r 类别 }}", "不要写 {{r"),
        ("{{ 收件人 " + " " * 90 + "}}", "太长"),
    ],
)
async def test_a_mistake_in_a_template_is_named_with_the_way_out(text: str, said: str) -> None:
    assert said in await refused(document(text))


async def test_all_unknown_variables_are_named_at_once() -> None:
    told = await refused(document("{{ 甲乙 }}{{ 丙丁 }}", "{{ 收件人 }}"))
    assert "甲乙" in told
    assert "丙丁" in told


async def test_a_column_a_table_has_not_is_named_with_those_it_has() -> None:
    told = await refused(document("{% for 行 in 名单 %}{{ 行.身份证号 }}{% endfor %}"), "posting")
    assert "行.身份证号" in told
    assert "申请人" in told


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__ }}", "{{ 收件人.__class__.__mro__ }}", "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ 收件人['__class__'] }}", "{{ 收件人|attr('__class__') }}", "{{ 收件人.upper() }}", "{{ self }}", "{{ self.__init__ }}",
        "{{ range(9) }}", "{{ cycler.__init__.__globals__ }}", "{{ lipsum() }}", "{{ 9 * 9 }}", "{{ '甲' ~ '乙' }}",
        "{{ [1, 2] }}", "{{ {'a': 1} }}", "{% set a = 1 %}{{ a }}", "{% include 'settings.py' %}", "{% import 'os' as o %}",
        "{% extends 'x' %}", "{% macro m() %}{% endmacro %}", "{% block b %}{% endblock %}", "{% filter upper %}x{% endfilter %}",
        "{% for a in range(99) %}x{% endfor %}", "{% for a in 正文 recursive %}{{ loop(a) }}{% endfor %}",
        "{% for 句 in 正文 %}{{ 句.__class__ }}{% endfor %}", "{% for 句 in 正文 %}{{ loop.cycle }}{% endfor %}",
        "{% for 句 in 正文 if 句.format %}x{% endfor %}", "{{ 收件人 if ''.__class__ else '' }}", "{% if ''.__class__ %}x{% endif %}",
        "{{ caller }}", "{{ loop.__init__ }}", "{% with %}{% endwith %}", "{% call x() %}{% endcall %}",
        "{% for a in 正文 %}{% for b in 正文 %}{% for c in 正文 %}x{% endfor %}{% endfor %}{% endfor %}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["body", "header", "title"])
async def test_nothing_but_the_forms_own_words_compiles(text: str, where: str) -> None:
    made = Document(
        io.BytesIO(
            document("正文", text if where == "body" else "", header=text if where == "header" else "")
        )
    )
    if where == "title":
        made.core_properties.title = text
    await refused(saved(made))
    with pytest.raises(Invalid):
        await filling.filled(saved(made), NOTICE, vocabulary(KIND))


RELATION = (
    b'<Relationship Id="rX" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" '
    b'Target="%s"%s/></Relationships>'
)
RELS = "word/_rels/document.xml.rels"


def linking(kind: bytes, target: bytes, mode: bytes = b' TargetMode="External"') -> bytes:
    return rewritten(document("x"), within(RELS, b"</Relationships>", RELATION % (kind, target, mode)))


def field(code: str) -> bytes:
    simple = (
        f'<w:p><w:fldSimple w:instr="{code}"><w:r><w:t>x</w:t></w:r></w:fldSimple></w:p><w:sectPr'.encode()
    )
    return rewritten(document("x"), within("word/document.xml", b"<w:sectPr", simple))


def cut_field(*pieces: str) -> bytes:
    runs = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
    return rewritten(
        document("x"), within("word/document.xml", b"<w:sectPr", f"<w:p>{runs}</w:p><w:sectPr".encode())
    )


def doctype(encoding: str = "utf-8") -> bytes:
    def change(name: str, body: bytes) -> bytes:
        if name != "word/document.xml":
            return body
        inside = body.decode().split("?>", 1)[1]
        return f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE w [<!ENTITY a "b">]>{inside}'.encode(
            encoding
        )

    return rewritten(document("x"), change)


def bomb(name: str, size: int) -> bytes:
    return rewritten(document("x"), as_is, **{name: b" " * size})


def lying() -> bytes:
    """Its directory says a part is small; it is not."""
    data = bytearray(bomb("word__big.xml", package.MAX_PART + 9))
    size = (package.MAX_PART + 9).to_bytes(4, "little")
    assert bytes(data).count(size) == 2
    return bytes(data).replace(size, (99).to_bytes(4, "little"))


HOSTILE: dict[str, tuple[bytes, str]] = {
    "no document at all": (b"<html>", "不是 Word 文档"),
    "an old .doc": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "不是 Word 文档"),
    "another zip": (rewritten(b"PK\x05\x06" + b"\0" * 18, as_is, photo=b"x"), "不是 Word 文档"),
    "too large": (document("x") + b"\0" * package.MAX_BYTES, "MB"),
    "a part that unpacks beyond measure": (bomb("word__big.xml", package.MAX_PART + 1), "展开后太大"),
    "a directory that lies": (lying(), "损坏"),
    "hundreds of parts": (
        rewritten(document("x"), as_is, **{f"word__p{n}.xml": b"<a/>" for n in range(300)}), "部件太多",
    ),
    "a macro": (rewritten(document("x"), as_is, **{"word__vbaProject.bin": b"x"}), "宏"),
    "macros declared": (
        rewritten(document("x"), within("[Content_Types].xml", b"wordprocessingml.document.main", b"macroEnabled.main")), "宏",
    ),
    "an embedded object": (rewritten(document("x"), as_is, **{"word__embeddings__o.xml": b"<a/>"}), "嵌入"),
    "an executable": (rewritten(document("x"), as_is, **{"word__run.exe": b"MZ"}), "不认识"),
    "a path outside": (rewritten(document("x"), as_is, **{"..__..__x.xml": b"<a/>"}), "路径"),
    "xml under another name": (
        rewritten(document("x"), within(
            "[Content_Types].xml", b"</Types>", b'<Override PartName="/word/x.png" ContentType="application/xml"/></Types>'
        )), "名不副实",
    ),
    "a remote template": (linking(b"attachedTemplate", b"https://example.org/a.dotm"), "外部"),
    "a linked picture": (linking(b"image", b"file:///etc/passwd"), "外部"),
    "an address without saying it is outside": (linking(b"image", b"https://example.org/a.png", b""), "外部"),
    "a chunk of html": (linking(b"aFChunk", b"afchunk.xml", b""), "嵌入"),
    "a document type": (doctype(), "DTD"),
    "a document type in another encoding": (doctype("utf-16"), "DTD"),
    "broken xml": (rewritten(document("x"), within("word/document.xml", b"</w:body>", b"")), "结构"),
    "a field that runs": (field("DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe"), "域"),
    "a field that reads a file": (field("INCLUDETEXT &quot;/etc/passwd&quot;"), "域"),
    "a field in pieces": (cut_field("INCLUDE", "PICTURE ", "x"), "域"),
    "a field within a field": (field("PAGE DDE x"), "域"),
    "a mark in an attribute": (
        rewritten(document("x"), within("word/document.xml", b"<w:sectPr", b'<w:p w:rsidR="{{ x }}"/><w:sectPr')), "属性",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_file_that_could_run_fetch_or_burst_is_refused(what: str) -> None:
    data, said = HOSTILE[what]
    assert said in await refused(data)


@pytest.mark.parametrize("code", ["PAGE", "NUMPAGES   \\* MERGEFORMAT", 'DATE \\@ "yyyy年M月d日"'])
async def test_page_numbers_and_dates_are_no_danger(code: str) -> None:
    package.check(field(code.replace('"', "&quot;")))


TYPED = st.text(alphabet="{}%#<>&\"'/\\ \n\t\x07\x0c马a1_", min_size=1, max_size=30)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=TYPED)
async def test_what_people_typed_is_text_and_neither_markup_nor_template(typed: str) -> None:
    paper = NoticePaper(
        title="通知", office="局", dated="今天", addressee=f"始{typed}终", sentences=(f"始{typed}终",)
    )
    template = document(
        "{{ 收件人 }}", "{%p for 行 in 正文 %}", "{{ 行 }}", "{%p endfor %}", header="{{ 收件人 }}"
    )
    text = text_of(await filling.filled(template, paper, vocabulary(KIND)))
    for sign in "{}%<>&马a":
        assert text.count(sign) == 3 * typed.count(sign), sign


def test_labels_become_names_that_can_be_typed() -> None:
    assert name_of("财产：车辆、大型农机具") == "财产_车辆_大型农机具"
    assert name_of("签名或按手印　　　　") == "签名或按手印"
    assert name_of("收入（核算期十二个月合计，元）") == "收入"


def test_no_two_values_of_a_form_share_a_name() -> None:
    for kind, sample in SAMPLES.items():
        names = [*vocabulary(kind).texts, *vocabulary(kind).lists, *vocabulary(kind).tables]
        assert len(names) == len(set(names)), kind
        assert isinstance(sample, Paper)
