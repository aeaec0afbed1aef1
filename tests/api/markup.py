"""A page's forms as a browser sees them: inputs with what they hold, errors with where they lead, ids, and what could run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    inside: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, *tags: str) -> Iterator[Element]:
        """Everything below with one of these tags (all tags: none named), templates left out."""
        for child in self.inside:
            if child.tag != "template":
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)

    def with_class(self, name: str) -> list[Element]:
        return [e for e in self.all() if name in e.attributes.get("class", "").split()]

    @property
    def words(self) -> str:
        return " ".join([self.text, *(child.words for child in self.inside)]).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while len(self._open) > 1 and tag not in VOID:
            if self._open.pop().tag == tag:
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].text += data


def read(html: str) -> Element:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


@dataclass(frozen=True)
class Control:
    """One input of a form. `choices` are what a browser would let one send; empty: any text."""

    name: str
    kind: str
    value: str
    choices: tuple[str, ...] = ()


def controls(form: Element) -> list[Control]:
    """Inputs a browser would send, one for each name and choice; buttons and files left out."""
    found = []
    for element in form.all("input", "select", "textarea"):
        name, kind = element.attributes.get("name", ""), element.attributes.get("type", element.tag)
        if not name or kind == "file":
            continue
        if element.tag == "textarea":
            found.append(Control(name, kind, element.text.removeprefix("\n")))
        elif element.tag == "select":
            options = list(element.all("option"))
            chosen = [o.attributes.get("value", "") for o in options if "selected" in o.attributes]
            values = tuple(o.attributes.get("value", "") for o in options)
            found.append(Control(name, kind, (chosen or values or ("",))[0], values))
        elif kind in ("radio", "checkbox"):
            value = element.attributes.get("value", "on")
            found.append(Control(name, kind, value if "checked" in element.attributes else "", (value,)))
        else:
            found.append(Control(name, kind, element.attributes.get("value", "")))
    return found


def main_form(page: Element) -> Element:
    """The form of the page's own: the one with the most inputs in `main`."""
    forms = [f for main in page.all("main") for f in main.all("form")]
    return max(forms, key=lambda f: len(controls(f)))


@dataclass(frozen=True)
class Told:
    """The list at the top of a form: (where a line leads, what it says)."""

    lines: tuple[tuple[str, str], ...]


def errors_at_top(page: Element) -> Told:
    boxes = page.with_class("error-summary")
    lines = [(a.attributes.get("href", ""), a.words) for box in boxes for a in box.all("a")]
    return Told(tuple(lines))


def ids(page: Element) -> set[str]:
    return {e.attributes["id"] for e in page.all() if "id" in e.attributes}


def script_of(page: Element) -> list[str]:
    """Whatever would run or style in place: handlers, inline scripts and styles, javascript: addresses."""
    found = []
    for e in page.all():
        found += [f"<{e.tag} {name}>" for name in e.attributes if name.startswith("on") or name == "style"]
        found += [
            f"<{e.tag} {name}={value}>"
            for name, value in e.attributes.items()
            if name in ("href", "src", "action", "formaction") and value.strip().lower().startswith(("javascript:", "data:text"))
        ]  # fmt: skip
        if e.tag == "style" or (e.tag == "script" and "src" not in e.attributes and e.text.strip()):
            found.append(f"<{e.tag}>")
    return found
