"""A test's name is the sentence that is false when it fails."""

from __future__ import annotations

from tests.architecture.sources import sources

FEWEST_WORDS = 4


def test_every_test_is_named_as_a_sentence() -> None:
    short = [
        f"{source.name}:{function.lineno} {function.name}"
        for source in sources("tests")
        for function in source.functions()
        if function.name.startswith("test_") and len(function.name.split("_")) - 1 < FEWEST_WORDS
    ]
    assert short == []


def test_no_test_name_is_used_twice_in_one_module() -> None:
    """The second would silently replace the first."""
    twice = []
    for source in sources("tests"):
        names = [function.name for function in source.tree.body if hasattr(function, "name")]
        twice += [
            f"{source.name} {name}"
            for name in set(names)
            if name.startswith("test_") and names.count(name) > 1
        ]
    assert twice == []
