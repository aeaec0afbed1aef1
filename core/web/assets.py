"""Static files under names that carry their hash, so that browsers may keep them for a year.

`python -m core.web.assets` copies what pages need from node_modules into static/vendor (never committed) and writes its
manifest; `Assets.load()` does so by itself when that is missing. Files are held in memory, compressed once.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.web.lean import lean

HERE = Path(__file__).parent
STATIC = HERE / "static"
VENDOR = STATIC / "vendor"
NODE_MODULES = HERE.parents[1] / "node_modules"

COPIED = {
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "alpine.js": "@alpinejs/csp/dist/cdn.min.js",
    "echarts.js": "echarts/dist/echarts.common.min.js",
    "dexie.js": "dexie/dist/dexie.min.js",
}
ICONS = (
    "adjustments", "alert-circle", "alert-triangle", "archive", "arrow-back-up", "arrow-left", "arrow-right",
    "ban", "building-community", "calendar-event", "calendar-due", "camera", "chart-bar", "check", "checklist",
    "chevron-down", "chevron-left", "chevron-right", "circle-check", "circle-x", "clipboard-list", "clock",
    "clock-exclamation", "download", "eye", "file-certificate", "file-text", "filter", "flag", "gavel", "help-circle",
    "history", "home", "home-search", "hourglass", "id", "info-circle", "key", "list-check", "list-details", "lock",
    "logout", "map-pin", "menu-2", "message-report", "moon", "paperclip", "password-user", "pencil", "phone", "photo",
    "player-pause", "plug", "plus", "printer", "qrcode", "refresh", "search", "send", "settings", "shield-check",
    "speakerphone", "text-size", "trash", "user", "user-check", "user-off", "users", "users-group", "volume", "wifi-off", "writing", "x",
)  # fmt: skip

LEAN = (
    "badge", "btn", "btn-link", "btn-primary", "btn-sm", "card", "container-xl", "empty", "figure", "form-control", "form-hint",
    "form-label", "form-select", "h1", "h2", "h3", "icon", "lead", "small", "table", "table-sm", "timeline", "visually-hidden",
    "w-100",
)  # fmt: skip
"""Tabler's classes on pages for villagers and panel members (phone.html, sheet.html): all that `phone.css` has of it."""

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_SOURCE_MAP = re.compile(rb"(?:/\*|//)# sourceMappingURL=[^\n*]*(?:\*/)?\s*$")


class AssetsMissing(RuntimeError):
    """Front-end packages are not installed; the message says which command does it."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as served. `zipped` is empty when compressing gains nothing."""

    media_type: str
    body: bytes
    zipped: bytes


class Assets:
    """All static files: `url("app.css")` → `/static/app.3f2a9c1b.css`; `get(name)` by hashed name."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._urls: dict[str, str] = {}
        self._served: dict[str, Asset] = {}
        for name, body in files.items():
            stem, dot, suffix = name.rpartition(".")
            hashed = f"{stem.replace('/', '.')}.{hashlib.sha256(body).hexdigest()[:10]}{dot}{suffix}"
            self._urls[name] = f"/static/{hashed}"
            zipped = gzip.compress(body, 9, mtime=0)
            media_type = _TYPES.get(f".{suffix}", "application/octet-stream")
            self._served[hashed] = Asset(media_type, body, zipped if len(zipped) < 0.9 * len(body) else b"")

    @classmethod
    def load(cls, plugins: Mapping[str, Path] | None = None) -> Assets:
        """Read our own files, the vendored ones and those of plugins' folders, which are called `{plugin}/{file}`.

        Raises AssetsMissing when npm packages were never installed.
        """
        if not (VENDOR / "manifest.json").is_file() or _stale():
            build()
        ours = {p.name: p.read_bytes() for p in STATIC.iterdir() if p.suffix in _TYPES}
        theirs = {p.name: p.read_bytes() for p in VENDOR.iterdir() if p.suffix in _TYPES}
        added = {
            f"{name}/{p.name}": p.read_bytes()
            for name, folder in (plugins or {}).items()
            for p in folder.iterdir()
            if p.suffix in _TYPES
        }
        phone = {"phone.css": theirs["lean.css"] + ours["app.css"]}
        return cls({**theirs, **ours, **phone, **added})

    def url(self, name: str) -> str:
        """The address of a file; KeyError names what is missing, so that a misspelt one fails in tests."""
        return self._urls[name]

    def get(self, hashed: str) -> Asset | None:
        return self._served.get(hashed)


def build(source: Path = NODE_MODULES, target: Path = VENDOR) -> dict[str, str]:
    """Copy vendor files, cut the lean stylesheet, draw the icon sprite; returns {name: sha256}, also written as manifest.json."""
    missing = [path for path in COPIED.values() if not (source / path).is_file()]
    if missing:
        raise AssetsMissing(f"前端包没有安装（缺 {missing[0]}），请先运行 make env")
    made = {name: _SOURCE_MAP.sub(b"", (source / path).read_bytes()) for name, path in COPIED.items()}
    ours = (STATIC / "app.css").read_text("utf-8")
    made["lean.css"] = lean(made["tabler.css"].decode(), LEAN, referring=ours).encode()
    made["icons.svg"] = _sprite(source / "@tabler/icons/icons/outline").encode()
    manifest = {name: hashlib.sha256(body).hexdigest() for name, body in sorted(made.items())}
    listing = json.dumps({"packages": _wanted(), "files": manifest}, indent=1).encode()
    target.mkdir(parents=True, exist_ok=True)
    for name, body in {**made, "manifest.json": listing}.items():
        _put(target / name, body)
    for left in target.iterdir():
        if left.name not in made and left.name != "manifest.json" and left.suffix in _TYPES:
            left.unlink(missing_ok=True)
    return manifest


def _put(path: Path, body: bytes) -> None:
    """Whole or not at all: two processes may build at the same time."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(body)
    beside.replace(path)


def _sprite(folder: Path) -> str:
    symbols = []
    for name in ICONS:
        svg = (folder / f"{name}.svg").read_text("utf-8")
        inner = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(inner.split(chr(10)))}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'


def _wanted() -> dict[str, str]:
    """What the vendored files are made of: pinned versions, and the files and icons chosen."""
    package = json.loads((HERE.parents[1] / "package.json").read_text("utf-8"))
    cut = (*LEAN, *sorted(set(re.findall(r"var\((--tblr-[\w-]+)", (STATIC / "app.css").read_text("utf-8")))))
    made_by = (HERE / "lean.py").read_text("utf-8")
    chosen = "\n".join((*ICONS, *COPIED.values(), *cut, made_by))
    return {**package["dependencies"], "chosen": hashlib.sha256(chosen.encode()).hexdigest()[:12]}


def _stale() -> bool:
    made: dict[str, str] = json.loads((VENDOR / "manifest.json").read_text("utf-8")).get("packages", {})
    return made != _wanted() and NODE_MODULES.is_dir()


if __name__ == "__main__":
    sys.stdout.write("\n".join(f"{digest[:10]}  {name}" for name, digest in build().items()) + "\n")
