"""A stylesheet cut down to what some pages use, in words a five-year-old browser reads: the same look at a fraction of the bytes.

Pure text in, text out. A rule stays when every class it asks for is used; a declaration stays when browsers since
`BASELINE` know all of it; a custom property stays when something that stayed refers to it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

BASELINE = "Chromium 95"
"""WebView of a telephone bought in 2021; the X5 kernel of that time is no older."""

LATER_VALUES = re.compile(
    r"color-mix\(|oklab\(|oklch\(|\blab\(|\blch\(|\bcolor\(|light-dark\(|\b\d*\.?\d+(?:[dsl]v[hwib]|cq[whib]|cqmin|cqmax|lh|rlh)\b"
    r"|\blinear\(|\bround\(|(?:^|[^-])\bmod\(|\babs\(|\bsubgrid\b|\banchor\("
)
"""In a declaration's value: colour spaces and mixing (111), view and container units (108, 105), later functions."""
LATER_PROPERTIES = frozenset(
    {
        "container", "container-type", "container-name", "mask", "mask-image", "mask-size", "mask-repeat", "mask-position",
        "text-wrap", "field-sizing", "interpolate-size", "view-transition-name", "animation-timeline", "translate",
        "rotate", "scale", "accent-color-scheme", "text-box", "anchor-name", "position-anchor", "inset-area",
    }
)  # fmt: skip
"""Unprefixed where only the prefixed form is that old."""
LATER_SELECTORS = re.compile(r":has\(|:popover-open|:user-valid|:user-invalid|:state\(|::view-transition|&")
LATER_RULES = re.compile(
    r"@(container|layer|starting-style|scope|position-try|view-transition)\b|@media[^{]*[<>]"
)

_ELSEWHERE = ("data-bs-theme=dark", "[dir=rtl]", "[data-vc", "[data-bs-layout")
"""Attributes our pages never carry: the dark theme, right-to-left, Tabler's calendar and boxed layout."""
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_NOT = re.compile(r":not\([^()]*(?:\([^()]*\)[^()]*)*\)")
_BRACKETS = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{}]""")
_VAR = re.compile(r"var\(\s*(--[\w-]+)")


@dataclass
class Rule:
    """`selector{declarations}`; for @font-face and @property the at-word stands in the selector's place."""

    selector: str
    declarations: list[tuple[str, str]]


@dataclass
class Block:
    """`@media …{ rules }`, `@keyframes …{ rules }`."""

    prelude: str
    inner: list[Rule | Block] = field(default_factory=list)


def split(text: str, mark: str) -> list[str]:
    """Parts between marks that stand outside quotes and brackets."""
    parts, depth, quote, start = [], 0, "", 0
    for at, c in enumerate(text):
        if quote:
            quote = "" if c == quote and text[at - 1] != "\\" else quote
        elif c in "\"'":
            quote = c
        elif c in "([":
            depth += 1
        elif c in ")]":
            depth -= 1
        elif c == mark and not depth:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def parse(css: str) -> list[Rule | Block]:
    """Raises ValueError when brackets don't close."""
    text = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return list(_nodes(text))


def _nodes(text: str) -> Iterator[Rule | Block]:
    at, depth, opened, prelude = 0, 0, 0, ""
    for mark in _BRACKETS.finditer(text):
        if mark[0] == "{":
            depth += 1
            if depth == 1:
                opened, prelude = mark.end(), text[at : mark.start()].rpartition(";")[2].strip()
        elif mark[0] == "}":
            depth -= 1
            if not depth:
                yield _node(prelude, text[opened : mark.start()])
                at = mark.end()
    if depth:
        raise ValueError(f"a bracket opened at {opened} is never closed")


def _node(prelude: str, inner: str) -> Rule | Block:
    if prelude.startswith("@") and not prelude.startswith(("@font-face", "@property", "@page")):
        return Block(prelude, list(_nodes(inner)))
    return Rule(prelude, list(_declarations(inner)))


def _declarations(text: str) -> Iterator[tuple[str, str]]:
    for part in split(text, ";"):
        name, colon, value = part.partition(":")
        if colon:
            yield name.strip(), value.strip()


def later(name: str, value: str) -> bool:
    """Whether a declaration needs a browser after the baseline."""
    return name in LATER_PROPERTIES or LATER_VALUES.search(value) is not None


def lean(css: str, classes: Collection[str], *, referring: str = "") -> str:
    """`classes` are those the pages use; `referring` is other CSS whose var() must find what it refers to."""
    kept = _kept(parse(css), frozenset(classes))
    wanted = _wanted(kept, set(_VAR.findall(referring)))
    return _written(kept, wanted, _animations(kept))


def _kept(nodes: Sequence[Rule | Block], classes: frozenset[str]) -> list[Rule | Block]:
    found: list[Rule | Block] = []
    for node in nodes:
        if isinstance(node, Block):
            if LATER_RULES.match(node.prelude):
                continue
            inner = node.inner if "keyframes" in node.prelude else _kept(node.inner, classes)
            if inner:
                found.append(Block(node.prelude, inner))
            continue
        selectors = [s.strip() for s in split(node.selector, ",") if _used(s, classes)]
        declarations = [(n, v) for n, v in node.declarations if not later(n, v)]
        if selectors and declarations:
            found.append(Rule(",".join(selectors), declarations))
    return found


def _used(selector: str, classes: frozenset[str]) -> bool:
    if LATER_SELECTORS.search(selector) or any(mark in selector for mark in _ELSEWHERE):
        return False
    return set(_CLASS.findall(_NOT.sub("", selector))) <= classes


def _rules(nodes: Sequence[Rule | Block]) -> Iterator[Rule]:
    for node in nodes:
        if isinstance(node, Rule):
            yield node
        else:
            yield from _rules(node.inner)


def _wanted(nodes: Sequence[Rule | Block], roots: set[str]) -> set[str]:
    """Custom properties that something visible depends on, however indirectly."""
    made: dict[str, set[str]] = {}
    wanted = set(roots)
    for rule in _rules(nodes):
        for name, value in rule.declarations:
            if name.startswith("--"):
                made.setdefault(name, set()).update(_VAR.findall(value))
            else:
                wanted.update(_VAR.findall(value))
    waiting = list(wanted)
    while waiting:
        more = made.get(waiting.pop(), set()) - wanted
        wanted |= more
        waiting += more
    return wanted


def _animations(nodes: Sequence[Rule | Block]) -> str:
    return " ".join(v for rule in _rules(nodes) for n, v in rule.declarations if n.startswith("animation"))


def _written(nodes: Sequence[Rule | Block], wanted: set[str], animations: str) -> str:
    out = []
    for node in nodes:
        if isinstance(node, Block):
            word, _, name = node.prelude.partition(" ")
            if "keyframes" in word and name.strip() not in animations.split():
                continue
            inner = _written(node.inner, wanted, animations)
            out.append(f"{node.prelude}{{{inner}}}" if inner else "")
            continue
        if node.selector.startswith("@property") and node.selector.split()[1] not in wanted:
            continue
        kept = ";".join(f"{n}:{v}" for n, v in node.declarations if not n.startswith("--") or n in wanted)
        out.append(f"{node.selector}{{{kept}}}" if kept else "")
    return "".join(out)
