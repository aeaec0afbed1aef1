"""docs/hooks.md and core/sdk/hookspecs.py say the same of every hook; each hook has a test and a plugin that uses it."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.plugin_host.hook import Hook, HookTable
from core.sdk import hookspecs

ROOT = Path(__file__).parents[2]
HOOKS = HookTable.of(hookspecs)


@dataclass(frozen=True)
class Entry:
    """One hook as documented: the group it stands in, its heading, its text, its facts by label."""

    group: str
    heading: str
    text: str
    facts: dict[str, str]

    @property
    def name(self) -> str:
        return self.heading.removeprefix("async ").removeprefix("def ").split("(")[0]


def entries() -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for section in re.split(r"^## ", (ROOT / "docs" / "hooks.md").read_text(), flags=re.M)[1:]:
        group, *parts = re.split(r"^### ", section, flags=re.M)
        for part in parts:
            heading, _, body = part.partition("\n")
            text, _, facts = body.partition("\n- ")
            lines = re.findall(r"^(?:- )?([A-Z][a-z ]+): (.+)$", facts, flags=re.M)
            entry = Entry(
                group.split("\n")[0].lower(), heading.strip("` "), " ".join(text.split()), dict(lines)
            )
            assert entry.name not in found, f"{entry.name} is documented twice"
            found[entry.name] = entry
    return found


ENTRIES = entries()


def signature(hook: Hook) -> str:
    """The function's own signature, as written."""
    function = getattr(hookspecs, hook.name)
    written = inspect.signature(function)
    parameters = ", ".join(f"{p.name}: {p.annotation}" for p in written.parameters.values())
    kind = "async def" if hook.is_async else "def"
    return f"{kind} {hook.name}({parameters}) -> {written.return_annotation}"


def facts(hook: Hook) -> dict[str, str]:
    """What the list says of a hook, in the words of the page."""
    said = {
        "Fires": hook.fires.value,
        "Answers combine": hook.combine.value,
        "Time limit": f"{hook.timeout:g} s",
        "On failure": hook.on_failure.value,
        "Since": hook.since,
    }
    if hook.methods:
        said["Methods called later"] = ", ".join(f"`{n}` ({m.timeout:g} s)" for n, m in hook.methods.items())
    return said


def test_every_hook_is_documented_and_no_other() -> None:
    assert list(ENTRIES) == list(HOOKS)


@pytest.mark.parametrize("name", HOOKS)
def test_the_heading_is_the_exact_signature(name: str) -> None:
    assert ENTRIES[name].heading == signature(HOOKS[name])


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_stands_in_its_group(name: str) -> None:
    assert ENTRIES[name].group == HOOKS[name].group.value


@pytest.mark.parametrize("name", HOOKS)
def test_time_limit_failure_and_version_are_those_of_the_list(name: str) -> None:
    documented = ENTRIES[name].facts
    assert {label: documented.get(label) for label in facts(HOOKS[name])} == facts(HOOKS[name])
    assert documented.keys() - facts(HOOKS[name]).keys() == {"Consumer", "Tested by"}


@pytest.mark.parametrize("name", HOOKS)
def test_what_the_list_says_first_stands_in_the_text(name: str) -> None:
    function = getattr(hookspecs, name)
    first = re.split(r"(?<=[.:,;]) ", inspect.getdoc(function) or "", maxsplit=1)[0].rstrip(".:,;")
    assert first in ENTRIES[name].text


@pytest.mark.parametrize("name", HOOKS)
def test_a_shipped_plugin_uses_the_hook(name: str) -> None:
    folder = ROOT / ENTRIES[name].facts["Consumer"].strip("`")
    implemented = (folder / "hooks.py").read_text()
    assert re.search(rf"@hookimpl\n(?:async )?def {name}\(", implemented), (
        f"{folder.name} does not implement {name}"
    )


@pytest.mark.parametrize("name", HOOKS)
def test_the_hook_has_a_test_that_calls_it_by_name(name: str) -> None:
    test = ROOT / ENTRIES[name].facts["Tested by"].strip("`")
    assert re.search(rf"\b{name}\b", test.read_text()), f"{test.name} never mentions {name}"


@pytest.mark.parametrize("name", HOOKS)
def test_the_platform_itself_calls_the_hook(name: str) -> None:
    calls = re.compile(rf"(?:collect|dispatch|implementers)\(\s*\"{name}\"")
    callers = [f for f in (ROOT / "core").rglob("*.py") if calls.search(f.read_text())]
    assert callers, f"nothing in core calls {name}"
