"""The little of Jinja a template may use: named values, loops over named lists, conditions on them. Nothing else compiles.

Beneath it stands Jinja's own sandbox, without globals, filters or tests; what gets in is escaped. The check runs wherever a
template's text is compiled (body, headers, footers, notes, properties), so nothing is filled in unchecked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from jinja2 import StrictUndefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from core.documents.word.package import FIELD
from core.documents.word.vocabulary import CODE, Vocabulary
from core.problems import FieldError, Invalid

DEEPEST = 2
"""Loops within loops: the lists are short, two levels of them cannot run away."""

_LOOP = frozenset({"index", "first", "last", "length"})
_PLAIN = (
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Output,
    nodes.Template,
    nodes.If,
)
_VALUES = (nodes.Const, nodes.TemplateData)


class Language(ImmutableSandboxedEnvironment):
    """Jinja that knows one form's words. Compiling anything beyond them raises Invalid with every mistake."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined, cache_size=0, loader=None)
        self.globals.clear()
        self.filters.clear()
        self.tests.clear()
        self._vocabulary = vocabulary

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        wrong = list(dict.fromkeys(_Reading(self._vocabulary).of(tree, {}, 0)))
        if wrong:
            raise Invalid("模板里有几处要改。", fields=tuple(FieldError(FIELD, one) for one in wrong))
        return tree


Bound = Mapping[str, frozenset[str]]
"""Loop variables and the columns each has; none for a line of plain text."""


@dataclass(frozen=True)
class _Reading:
    vocabulary: Vocabulary

    def of(self, node: nodes.Node, bound: Bound, depth: int) -> Iterator[str]:
        """Every mistake below a node."""
        if isinstance(node, nodes.For):
            yield from self._loop(node, bound, depth)
        elif isinstance(node, nodes.Getattr):
            yield from self._column(node, bound)
        elif isinstance(node, nodes.Name):
            yield from self._name(node.name, bound)
        elif isinstance(node, _PLAIN):
            yield from self._all(node.iter_child_nodes(), bound, depth, shown=isinstance(node, nodes.Output))
        elif not isinstance(node, _VALUES):
            yield f"不能这样写（{type(node).__name__}，第 {node.lineno} 段附近）：只能写变量、逐行重复（for）和条件（if）"

    def _all(
        self, below: Iterator[nodes.Node], bound: Bound, depth: int, *, shown: bool = False
    ) -> Iterator[str]:
        for one in below:
            if shown and isinstance(one, nodes.Name) and self._is_list(one.name, bound):
                yield f"“{one.name}”有好几行，要写成 {{%p for 行 in {one.name} %}} … {{%p endfor %}}"
            else:
                yield from self.of(one, bound, depth)

    def _is_list(self, name: str, bound: Bound) -> bool:
        if name in bound:
            return bool(bound[name])
        return name in self.vocabulary.lists or name in self.vocabulary.tables

    def _loop(self, node: nodes.For, bound: Bound, depth: int) -> Iterator[str]:
        source = node.iter.name if isinstance(node.iter, nodes.Name) else ""
        plain = isinstance(node.target, nodes.Name) and not node.recursive and node.test is None
        if not plain or depth >= DEEPEST:
            yield "逐行重复只能写成 {% for 行 in 列表 %} … {% endfor %}，最多套两层"
        elif source in self.vocabulary.tables or source in self.vocabulary.lists:
            assert isinstance(node.target, nodes.Name)
            inner = {
                **bound, node.target.name: frozenset(self.vocabulary.tables.get(source, ())), "loop": _LOOP,
            }  # fmt: skip
            yield from self._all(iter([*node.body, *node.else_]), inner, depth + 1)
        elif source in self.vocabulary.texts:
            yield f"“{source}”只有一个值，直接写 {{{{ {source} }}}}，不用逐行重复"
        else:
            yield self._unknown(source or "？", (*self.vocabulary.lists, *self.vocabulary.tables))

    def _column(self, node: nodes.Getattr, bound: Bound) -> Iterator[str]:
        of = node.node.name if isinstance(node.node, nodes.Name) else ""
        columns = bound.get(of)
        if not columns:
            yield (
                f"“{of}.{node.attr}”不能用：点号只用在逐行重复里，取这一行的一栏"
                if of
                else (f"“{node.attr}”不能用：点号只用在逐行重复里，取这一行的一栏")
            )
        elif node.attr not in columns:
            yield f"没有“{of}.{node.attr}”这一栏，可以用：{'、'.join(sorted(columns))}"

    def _name(self, name: str, bound: Bound) -> Iterator[str]:
        if name not in bound and name not in self.vocabulary.names:
            yield self._unknown(name, (*self.vocabulary.names, *bound))

    @staticmethod
    def _unknown(name: str, known: tuple[str, ...]) -> str:
        near = get_close_matches(name, sorted(known), n=1, cutoff=0.4)
        hint = f"，是不是“{near[0]}”" if near else "，可用的变量见起始模板"
        return f"没有变量“{name}”{hint}"


__all__ = ["CODE", "Language"]
