"""The light stylesheet of villagers' pages: cut to what they use, whole for them, readable by a five-year-old browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.web import lean
from core.web.assets import COPIED, LEAN, VENDOR, Assets
from core.web.rendering import TEMPLATES
from tests.unit.web.old_browsers import dangling, later_calls, later_styles, parsed, scripts_asked_for

PLUGINS = Path(__file__).parents[3] / "plugins"
LIGHT = ("phone.html", "sheet.html", "ui.html", "forms.html")
"""Layouts that load phone.css, and what every page may use."""


@pytest.fixture(scope="module")
def served() -> dict[str, str]:
    """Every style and script as it leaves the server, by name; plugins' own are called `{plugin}/{file}`."""
    folders = {p.parent.name: p for p in PLUGINS.glob("*/static")}
    assets = Assets.load(folders)
    found = {}
    for name in sorted({"phone.css", "app.css", *scripts_of_light_pages(), *(
        f"{plugin}/{p.name}" for plugin, folder in folders.items() for p in folder.iterdir() if p.suffix in (".css", ".js")
    )}):  # fmt: skip
        asset = assets.get(assets.url(name).rpartition("/")[2])
        assert asset is not None
        found[name] = asset.body.decode()
    return found


def scripts_of_light_pages() -> set[str]:
    """Every script a page for villagers or panel members may load: its own, its layout's, and those of the frame."""
    frame = (TEMPLATES / "base.html").read_text("utf-8").replace(_REPLACED, "")
    return scripts_asked_for([frame, *(page.read_text("utf-8") for page in light_templates())])


_REPLACED = """{% block parts %}<script src="{{ asset("htmx.js") }}" defer></script>{% endblock %}"""
"""What the frame loads and the light layouts put their own in place of."""


def light_templates() -> list[Path]:
    """Templates whose pages load phone.css, by the layout they extend, and the parts they include."""
    every = [*Path(TEMPLATES).rglob("*.html"), *PLUGINS.glob("*/templates/**/*.html")]
    texts = {path: path.read_text("utf-8") for path in every}
    found = [
        p
        for p, t in texts.items()
        if p.name in LIGHT or re.search(r'extends [^%]*"(?:phone|sheet)\.html"', t)
    ]
    parts = {name for p in found for name in re.findall(r'(?:include|import) "([^"]+)"', texts[p])}
    return [*found, *(p for p in every if any(str(p).endswith(f"templates/{part}") for part in parts))]


def classes_of(text: str) -> set[str]:
    written = re.sub(r"\{\{(.*?)\}\}", lambda m: " ".join(re.findall(r'"([^"]*)"', m[1])), text)
    written = re.sub(r"\{%.*?%\}", " ", written)
    named = re.findall(r'table_class = "([^"]*)"', text)
    return {word for given in [*re.findall(r'class="([^"]*)"', written), *named] for word in given.split()}


def test_a_rule_stays_when_all_its_classes_are_used_and_an_old_browser_reads_it() -> None:
    css = """
      @charset "utf-8"; /* a note */ :root { --a: 1px; --b: var(--a); --c: 2px }
      .kept, .gone .kept { border: var(--b) solid; color: color-mix(in oklab, red, blue) }
      .kept:not(.gone) { top: 0 } .gone { left: 0 } .kept:has(a) { right: 0 } a { content: "}" }
      @media (min-width: 1px) { .gone { top: 1px } .kept { top: 2px } } @media print { .gone { top: 0 } }
      @container (width > 1px) { .kept { top: 3px } } @keyframes used { to { top: 0 } } @keyframes not { to { top: 0 } }
      .kept { animation: used 1s }
    """
    assert lean.lean(css, {"kept"}) == (
        ":root{--a:1px;--b:var(--a)}.kept{border:var(--b) solid}.kept:not(.gone){top:0}a{content:\"}\"}"
        "@media (min-width: 1px){.kept{top:2px}}@keyframes used{to{top:0}}.kept{animation:used 1s}"
    )  # fmt: skip
    assert "--c:2px" in lean.lean(css, {"kept"}, referring="p { margin: var(--c) }")


def test_a_stylesheet_that_ends_in_the_middle_is_refused() -> None:
    with pytest.raises(ValueError, match="never closed"):
        lean.parse("a { color: red")


def test_the_light_stylesheet_has_all_of_tabler_that_light_pages_use() -> None:
    tabler = set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", (VENDOR / "tabler.css").read_text("utf-8")))
    pages = light_templates()
    assert len(pages) > 30
    used = {word for path in pages for word in classes_of(path.read_text("utf-8"))}
    assert sorted((used & tabler) - set(LEAN)) == []


def test_nothing_in_the_light_stylesheet_refers_to_what_was_cut_away(served: dict[str, str]) -> None:
    assert dangling(served["phone.css"]) == []
    assert dangling("a { color: var(--gone); top: var(--known); --known: 1px; left: var(--x, 2px) }") == [
        "--gone"
    ]


def test_styles_of_public_pages_use_nothing_a_five_year_old_browser_lacks(served: dict[str, str]) -> None:
    assert {
        name: later_styles(text)
        for name, text in served.items()
        if name.endswith(".css") and later_styles(text)
    } == {}


def test_scripts_of_public_pages_parse_in_a_five_year_old_browser(served: dict[str, str]) -> None:
    """All of them, a library's as well: found from the templates, so that a new one is in it."""
    wanted = scripts_of_light_pages()
    assert {"app.js", "aloud.js", "keeping.js", "dexie.js", "women_panel/vote.js"} <= wanted
    scripts = {name: text for name, text in served.items() if name in wanted}
    assert set(scripts) == wanted
    assert parsed(scripts) == []
    assert later_calls({name: text for name, text in scripts.items() if name not in COPIED}) == []


def test_the_light_layouts_put_their_own_in_place_of_the_frames_script() -> None:
    """Else the frame's would have to be parsed, too."""
    assert _REPLACED in (TEMPLATES / "base.html").read_text("utf-8")
    for layout in ("phone.html", "sheet.html"):
        assert "{% block parts %}" in (TEMPLATES / layout).read_text("utf-8")


@pytest.mark.parametrize(
    ("css", "says"),
    [
        ("a:has(b) { top: 0 }", "a:has(b)"),
        ("a { b { top: 0 } }", "within a rule"),
        ("@container (width > 1px) { a { top: 0 } }", "@container"),
        ("@layer x { a { top: 0 } }", "@layer"),
        ("@media (width >= 1px) { a { top: 0 } }", "@media (width"),
        ("a { color: color-mix(in srgb, red, blue) }", "color-mix"),
        ("a { height: 100dvh }", "100dvh"),
        ("a { width: 10cqi }", "10cqi"),
        ("a { mask-image: none }", "mask-image"),
    ],
)  # fmt: skip
def test_the_check_knows_what_is_too_new(css: str, says: str) -> None:
    assert any(says in one for one in later_styles(css)), css


@pytest.mark.parametrize(
    "css",
    [
        "a { height: 100vh; height: 100dvh }",
        "a { -webkit-mask-image: none; mask-image: none }",
        "a:is(b, c) { inset: 0 }",
    ],
)
def test_what_has_an_older_twin_is_no_loss(css: str) -> None:
    assert later_styles(css) == []


def test_the_script_check_knows_what_is_too_new() -> None:
    assert len(parsed({"x.js": "class A { static { a(); } }", "y.js": "let a = b"})) == 1
    assert parsed({"x.js": "let a = b?.c ?? d; a ||= 1; 'a'.replaceAll('b', 'c');"}) == []
    assert later_calls({"x.js": "structuredClone(a); b.at(-1)"}) == ["x.js: structuredClone(", "x.js: .at("]
