"""What the README and the documents quote exists: make targets, `zhunbao` commands and options, variables, files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.cli import COMMANDS, assemble

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
WORD = re.compile(r"[a-z][a-z0-9-]*$")


def quoted(text: str) -> Iterator[str]:
    """Lines of code blocks (fenced or indented) and inline code."""
    fenced = re.findall(r"```\w*\n(.*?)```", text, re.S)
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    for block in fenced:
        yield from block.splitlines()
    yield from (line.strip() for line in prose.splitlines() if line.startswith("    "))
    yield from (code for line in prose.splitlines() for code in re.findall(r"`([^`]+)`", line))


def commands(program: str) -> list[tuple[str, str, list[str]]]:
    """(document, command line, words after the program) for each quoted use of a program."""
    found = []
    for document in DOCUMENTS:
        for line in quoted(document.read_text(encoding="utf-8")):
            command = re.sub(r"^(\w+=\S+\s+)+", "", line.split("#")[0].strip()).removeprefix(".venv/bin/")
            if command.split(" ")[0] == program:
                found.append((document.relative_to(ROOT).as_posix(), command, command.split()[1:]))
    return found


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):", makefile, re.M))


def help_of(words: list[str]) -> tuple[int, str]:
    """Exit code and text of `zhunbao <words> --help`."""
    result = CliRunner().invoke(
        assemble(words[0]), [*words, "--help"], env={"COLUMNS": "200", "TERM": "dumb"}
    )
    return result.exit_code, result.output


def test_every_quoted_make_target_is_in_the_makefile() -> None:
    missing = [
        f"{document}: {command}"
        for document, command, words in commands("make")
        for word in words
        if WORD.match(word) and word not in targets()
    ]
    assert missing == []


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.findall(r"^\.PHONY: ([a-z-]+)$", makefile, re.M))
    explained = set(re.findall(r"^([a-z-]+):.* ## \S", makefile, re.M))
    assert phony
    assert phony - explained == set()


def test_every_quoted_zhunbao_command_exists_with_its_options() -> None:
    wrong = []
    for document, command, words in commands("zhunbao"):
        names = [word for word in words if WORD.match(word)][:2]
        if not names:
            continue
        code, text = help_of(names)
        if code:  # the second word may be an argument
            names = names[:1]
            code, text = help_of(names)
        options = [word.split("=")[0] for word in words if word.startswith("--") and word != "--help"]
        if code or any(option not in text for option in options):
            wrong.append(f"{document}: {command}")
    assert wrong == []


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself_on_request(name: str) -> None:
    code, text = help_of([name])
    assert code == 0, text
    assert re.search(r"[一-鿿]", text), "the help is in Chinese"


def test_every_file_a_document_links_to_exists() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in DOCUMENTS
        for target in re.findall(r"\]\((?!\w+:)([^)#]+)", document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []
