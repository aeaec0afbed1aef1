"""HTML forms are flat: names such as `members-0-name` or `members[0].name` to nested values and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.problems import Invalid

MOST_ROWS = 500
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_DEEPEST = 8


def unflatten(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Nested dicts and lists from form items. A name sent twice gives a list; names starting with `_` are the page's own.

    Row numbers need not be dense (a removed row leaves a gap): rows keep their order. Raises Invalid for absurd names.
    """
    tree: dict[str, Any] = {}
    for name, value in items:
        if name.startswith("_"):
            continue
        parts = path_of(name)
        if not parts or len(parts) > _DEEPEST:
            raise Invalid("表单内容不完整，请刷新页面后重新填写")
        _place(tree, parts, value)
    result = _settle(tree)
    assert isinstance(result, dict)
    return result


def path_of(name: str) -> list[str]:
    """`members[0].name` and `members-0-name` as their parts."""
    return [part for part in re.split(r"[-.]", _BRACKETS.sub(r".\1", name)) if part]


def _place(tree: dict[str, Any], parts: list[str], value: Any) -> None:
    for part in parts[:-1]:
        below = tree.setdefault(part, {})
        if not isinstance(below, dict):
            raise Invalid("表单内容前后不一致，请刷新页面后重新填写")
        tree = below
    last = parts[-1]
    if last not in tree:
        tree[last] = value
    elif isinstance(tree[last], list):
        tree[last].append(value)
    elif isinstance(tree[last], dict):
        raise Invalid("表单内容前后不一致，请刷新页面后重新填写")
    else:
        tree[last] = [tree[last], value]


def _settle(node: Any) -> Any:
    """Dicts whose keys are all row numbers become lists in the order of those numbers."""
    if not isinstance(node, dict):
        return node
    settled = {key: _settle(value) for key, value in node.items()}
    if settled and all(key.isascii() and key.isdigit() and len(key) <= 6 for key in settled):
        if len(settled) > MOST_ROWS:
            raise Invalid(f"一次最多填写 {MOST_ROWS} 行，请分几次提交")
        return [settled[key] for key in sorted(settled, key=int)]
    return settled


def flatten(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    """The items an HTML form would send for nested builtins: for hidden inputs that carry what was typed."""
    if isinstance(value, Mapping):
        return [i for key, v in value.items() for i in flatten(v, f"{prefix}-{key}" if prefix else str(key))]
    if isinstance(value, list | tuple):
        return [item for n, v in enumerate(value) for item in flatten(v, f"{prefix}-{n}")]
    if value is None:
        return []
    return [(prefix, "true" if value is True else "false" if value is False else str(value))]
