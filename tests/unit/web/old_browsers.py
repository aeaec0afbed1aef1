"""What a five-year-old browser can read: scripts parsed as ECMAScript 2021, styles without later features; the files as they are served."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from core.web import lean
from core.web.assets import NODE_MODULES

EDITION = 2021
"""Chromium 95 reads all of ECMAScript 2021; kernels of telephones' own browsers of that year do."""

LATER_CALLS = re.compile(
    r"\bstructuredClone\(|\.findLast(?:Index)?\(|\.toSorted\(|\.toReversed\(|\.toSpliced\(|\.at\(|\bObject\.(?:hasOwn|groupBy)\(|\bMap\.groupBy\("
    r"|Promise\.(?:withResolvers|try)\(|AbortSignal\.(?:timeout|any)\(|\.showPopover\(|\bscrollend\b|startViewTransition|\bArray\.fromAsync\("
    r"|\.replaceChildren\(|\bURL\.canParse\(|\.checkVisibility\(|\bnew Sanitizer\b|\.setHTML\(|\.moveBefore\("
)
"""Calls that parse anywhere and fail there; each is younger than the baseline or than the telephones that still use its engine."""

_PARSE = """
const acorn = require("acorn"), fs = require("fs");
const said = [];
for (const [name, text] of Object.entries(JSON.parse(fs.readFileSync(0, "utf8")))) {
  try { acorn.parse(text, { ecmaVersion: %d, sourceType: "script" }); } catch (error) { said.push(`${name}: ${error.message}`); }
}
console.log(JSON.stringify(said));
"""


def scripts_asked_for(templates: Iterable[str]) -> set[str]:
    """Names of the scripts these pages load, as their templates ask for them."""
    return {name for text in templates for name in re.findall(r'asset\("([^"]+\.js)"\)', text)}


def parsed(scripts: dict[str, str], edition: int = EDITION) -> list[str]:
    """What does not parse, by file; skips where Node is missing."""
    node = shutil.which("node") or next(map(str, Path(".venv/bin").glob("node")), None)
    if node is None:
        pytest.skip("no Node on this machine")
    done = subprocess.run(
        [node, "-e", _PARSE % edition],
        input=json.dumps(scripts),
        capture_output=True,
        text=True,
        check=True,
        cwd=NODE_MODULES.parent,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def later_calls(scripts: dict[str, str]) -> list[str]:
    return [f"{name}: {m[0]}" for name, text in scripts.items() for m in LATER_CALLS.finditer(text)]


def _rules(nodes: Sequence[lean.Rule | lean.Block], around: str = "") -> Iterator[tuple[str, lean.Rule]]:
    for node in nodes:
        if isinstance(node, lean.Rule):
            yield around, node
        else:
            yield from _rules(node.inner, f"{around} {node.prelude}".strip())


def later_styles(css: str) -> list[str]:
    """Selectors, blocks and declarations such a browser passes over. A declaration with an older twin in its rule is no loss."""
    found = []
    for around, rule in _rules(lean.parse(css)):
        if lean.LATER_RULES.match(around) or lean.LATER_SELECTORS.search(rule.selector):
            found.append(f"{around} {rule.selector}".strip())
        older = {
            name.removeprefix("-webkit-") for name, value in rule.declarations if not lean.later(name, value)
        }
        for name, value in rule.declarations:
            if "{" in name + value:
                found.append(f"{rule.selector}: a rule within a rule")
            elif lean.later(name, value) and name not in older:
                found.append(f"{rule.selector}: {name}: {value[:60]}")
    return found


def dangling(css: str) -> list[str]:
    """var() of properties nobody sets, without anything to fall back on."""
    made = {name for _, rule in _rules(lean.parse(css)) for name, _ in rule.declarations}
    return sorted(set(re.findall(r"var\(\s*(--[\w-]+)\s*\)", css)) - made)
