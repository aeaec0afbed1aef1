"""Whether a file is a plain Word document: nothing that runs, loads from elsewhere or unpacks beyond measure. Pure.

Every part is looked at before any library opens the file. A template that is refused is told all that is wrong with it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from lxml import etree

from core.problems import FieldError, Invalid

MAX_BYTES = 1024 * 1024
MAX_PARTS = 200
MAX_PART, MAX_UNPACKED = 4 * 1024 * 1024, 16 * 1024 * 1024
MAX_TAGS, MAX_TAG = 400, 80
"""Marks in one template, and characters in one of them."""

FIELD = "file"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

_KINDS = frozenset(
    {".xml", ".rels", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".odttf", ".ttf", ".emf", ".wmf"}
)
_RUNNING = re.compile(
    r"vbaProject|macroEnabled|activeX|oleObject|embeddings/|attachedToolbars|aFChunk", re.IGNORECASE
)
_FIELDS = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION", "DATE", "TIME", "PRINTDATE"})
"""Word's own fields that only count or date; others (DDE, INCLUDETEXT, LINK …) fetch or run something."""

_RUNS = "文件里有宏、控件或嵌入的对象，请另存为不带宏的 .docx，删去嵌入的对象"
_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")
_OPENS = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")


def check(data: bytes) -> None:
    """Raises Invalid at the field `file` with everything that is wrong."""
    if len(data) > MAX_BYTES:
        raise _refused([f"模板不超过 {MAX_BYTES // 1024 // 1024} MB，请去掉大图片再上传"])
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise _refused(["这不是 Word 文档（.docx）；旧的 .doc 请先在 Word 里另存为 .docx"]) from None
    with archive:
        wrong = list(_container(archive.infolist()))
        if wrong:
            raise _refused(wrong)
        try:
            wrong = list(_contents(archive))
        except (zipfile.BadZipFile, RuntimeError, EOFError, OSError, NotImplementedError):
            wrong = ["文件损坏，打不开，请重新保存后再上传"]
    if wrong:
        raise _refused(list(dict.fromkeys(wrong)))


def parse(data: bytes) -> etree._Element:
    """A part's XML; entities, DTDs and the network stay out. Raises XMLSyntaxError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(data, parser)
    if root.getroottree().docinfo.doctype:
        raise etree.XMLSyntaxError("DTD", 0, 0, 0)
    return root


def _ending(name: str) -> str:
    return "." + name.rpartition(".")[2].lower()


def _refused(wrong: Iterable[str]) -> Invalid:
    return Invalid("这个模板不能用。", fields=tuple(FieldError(FIELD, one) for one in wrong))


def _container(parts: list[zipfile.ZipInfo]) -> Iterator[str]:
    names = [part.filename for part in parts]
    if "word/document.xml" not in names or "[Content_Types].xml" not in names:
        yield "这不是 Word 文档（.docx）；旧的 .doc 请先在 Word 里另存为 .docx"
        return
    if len(parts) > MAX_PARTS or len({n.lower() for n in names}) != len(names):
        yield "文件里的部件太多或重名，请在 Word 里新建文档，把内容复制过去再上传"
    if sum(part.file_size for part in parts) > MAX_UNPACKED or any(p.file_size > MAX_PART for p in parts):
        yield "文件展开后太大，请去掉大图片再上传"
    if any(part.flag_bits & 1 for part in parts):
        yield "文件加了密码，请去掉密码再上传"
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name:
            yield "文件里有不合规的路径，请重新保存后再上传"
        elif _RUNNING.search(name):
            yield _RUNS
        elif not name.endswith("/") and _ending(name) not in _KINDS:
            yield f"文件里有不认识的部件（{path.name[:40]}），请删去后再上传"


def _contents(archive: zipfile.ZipFile) -> Iterator[str]:
    for part in archive.infolist():
        if _ending(part.filename) not in (".xml", ".rels"):
            continue
        with archive.open(part) as opened:
            data = opened.read(MAX_PART + 1)
        if len(data) > MAX_PART:  # a directory that lies about its sizes
            yield "文件展开后太大，请去掉大图片再上传"
            return
        try:
            root = parse(data)
        except etree.XMLSyntaxError:
            yield "文件的结构不对（含有 DTD、实体，或没有写完整），请在 Word 里重新保存"
            continue
        yield from _part(part.filename, root)


def _part(name: str, root: etree._Element) -> Iterator[str]:
    if name.endswith(".rels"):
        yield from _relations(root)
    elif name == "[Content_Types].xml":
        yield from _declared(root)
    else:
        yield from _fields(root)
        yield from _marks(root)


def _declared(root: etree._Element) -> Iterator[str]:
    """A part that says it is XML and is not named so would be read without having been looked at."""
    for element in root.iter("{*}Default", "{*}Override"):
        kind = element.get("ContentType", "").lower()
        ending = "." + element.get("Extension", "").lower() if "Extension" in element.attrib else None
        ending = ending or _ending(element.get("PartName", ""))
        if _RUNNING.search(kind):
            yield _RUNS
        elif "xml" in kind.rpartition("/")[2] and ending not in (".xml", ".rels"):
            yield "文件里有名不副实的部件，请在 Word 里重新保存后再上传"


def _relations(root: etree._Element) -> Iterator[str]:
    for relation in root.iter("{*}Relationship"):
        if relation.get("TargetMode", "Internal") != "Internal" or "://" in relation.get("Target", ""):
            yield "文件引用了外部的内容（链接、图片或别的模板），请把链接取消、图片直接插入后再上传"
        elif _RUNNING.search(relation.get("Type", "") + relation.get("Target", "")):
            yield _RUNS


def _fields(root: etree._Element) -> Iterator[str]:
    """Field codes may be cut over several runs: they are joined per paragraph."""
    said = [element.get(f"{{{W}}}instr", "") for element in root.iter(f"{{{W}}}fldSimple")]
    said += [
        "".join(text.text or "" for text in paragraph.iter(f"{{{W}}}instrText", f"{{{W}}}delInstrText"))
        for paragraph in root.iter(f"{{{W}}}p")
    ]
    for code in filter(None, (one.strip() for one in said)):
        words = re.findall(r"[A-Za-z=]+", re.sub(r'"[^"]*"|\\\S+(?:\s+MERGEFORMAT)?', " ", code))
        if not words or any(
            word.upper() not in _FIELDS for word in words if word.isupper() or word == words[0]
        ):
            yield f"文件里有“{code[:20]}”这样的域，只能用页码、总页数和日期"


def _marks(root: etree._Element) -> Iterator[str]:
    """Every mark is whole within its paragraph, and stands in text: what is checked is then what is filled in."""
    if any(_OPENS.search(value) for element in root.iter() for value in element.attrib.values()):
        yield "变量只能写在正文里，不能写在图片说明、书签等属性里"
    count = 0
    for paragraph in root.iter(f"{{{W}}}p"):
        text = "".join(piece.text or "" for piece in paragraph.iter(f"{{{W}}}t"))
        tags = _TAGS.findall(text)
        count += len(tags)
        loose = _OPENS.search(_TAGS.sub("", text))
        if loose:
            yield f"花括号没有成对：“{_around(_TAGS.sub('', text), loose.start())}”"
        yield from (f"“{tag[:30]}…”太长，一处只写一个变量" for tag in tags if len(tag) > MAX_TAG)
    if count > MAX_TAGS:
        yield f"变量太多，一份模板最多 {MAX_TAGS} 处"


def _around(text: str, at: int) -> str:
    return text[max(at - 10, 0) : at + 20]
