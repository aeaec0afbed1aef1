"""The project's own Python sources, parsed once, for tests that hold the house rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def name(self) -> str:
        """Path from the repository's root, with slashes: what a failing test shows."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    def functions(self) -> Iterator[FunctionNode]:
        return (node for node in ast.walk(self.tree) if isinstance(node, FunctionNode))


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """All modules below these folders of the repository, by path; what is in hidden folders is not ours."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    ours = [path for path in paths if not any(p.startswith(".") for p in path.relative_to(ROOT).parts)]
    return tuple(Source(path, path.read_text(encoding="utf-8")) for path in ours)


PRODUCT = ("core", "plugins")
EVERYTHING = (*PRODUCT, "migrations", "tests", "bench")
