"""What is committed works on any machine: no addresses of package registries, no paths of the machine it was made on."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

# Written in two halves so that this file does not find itself.
REGISTRIES = re.compile(
    "|".join(("py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.(org|com)", "npm" + r"mirror"))
)
MACHINE_PATHS = re.compile(
    r"(?<![\w.@~-])/(?:" + "|".join(("work", "root", "Us" + "ers", r"home/\w+")) + r")/[\w.]"
)


def committed() -> Iterator[tuple[str, str]]:
    """(name, text) of every tracked text file that exists."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, encoding="utf-8"
    )
    if listed.returncode:
        pytest.skip("not a git checkout: nothing tells what is committed")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file():
            try:
                yield name, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number} {line.strip()[:100]}"
        for name, text in committed()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_committed_file_names_a_package_registry() -> None:
    assert found(REGISTRIES) == []


def test_no_committed_file_names_a_path_of_somebodys_machine() -> None:
    assert found(MACHINE_PATHS) == []


@pytest.mark.parametrize("line", ["see /" + "work/main/x", "'/" + "root/.cache'", "/home/" + "ann/src"])
def test_a_machine_path_would_be_recognised(line: str) -> None:
    assert MACHINE_PATHS.search(line)


def test_the_front_end_lock_has_hashes_and_no_addresses() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert [name for name, package in installed.items() if "resolved" in package] == []
    assert [name for name, package in installed.items() if not package.get("integrity")] == []


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt"])
def test_python_requirements_are_pinned_and_hashed(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", text).strip())
    assert entries, "no requirements"
    assert [
        entry.splitlines()[0] for entry in entries if not re.match(r"[\w.\[\]-]+==\S+ \\\n.*--hash=", entry)
    ] == []


def test_each_dependency_of_the_project_is_locked() -> None:
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    runtime = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    names = re.findall(
        r'^    "([A-Za-z0-9-]+)[>=]', declared.split("[project.optional-dependencies]")[0], re.M
    )
    assert names
    assert [name for name in names if not re.search(rf"(?m)^{re.escape(name)}==", runtime)] == []


def test_vendor_files_are_built_and_never_committed() -> None:
    assert [name for name, _ in committed() if Path(name).match("core/web/static/vendor/*")] == []
