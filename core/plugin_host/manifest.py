"""A plugin's manifest: what it is and what it brings, as plain data, checked before anything of it runs.

What a plugin *does* it says through hooks (`hooks` names the module that implements them); everything here can be read,
compared and shown on the district's plugin page without running a line of the plugin.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from types import ModuleType

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from core.plugin_host.errors import PluginError

_NAME = re.compile(r"[a-z][a-z0-9_]{2,39}")
_TABLE = re.compile(r"[a-z][a-z0-9_]{2,62}")
_ACTION = re.compile(r"[a-z][a-z0-9_]{1,62}")
_EFFECTS = ("allow", "deny")
_PROCESSES = ("case", "round")
_NEVER_OWN = frozenset({"open", "view"})
"""Opening and seeing a process is the platform's to grant, whatever stage types a plugin brings."""

# Names that are sections of a tenant's configuration or would read as ours.
_RESERVED = frozenset({"core", "tenant", "procedure", "rules", "zhunbao", "api", "sdk"})


class NoConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For a plugin with nothing to configure."""


class Plugin(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One plugin. Exported by its distribution under the entry point group `zhunbao.plugins`.

    name          identifier; the same as the entry point, the configuration section and the path segment `/x/{name}/`
    title         what people read (Chinese)
    version       the plugin's own version (PEP 440)
    sdk           the range of SDK versions it works with, e.g. ">=1.0,<2"
    hooks         the module whose functions are marked `@hookimpl`
    config        a frozen Struct that forbids unknown fields and has a default for every field; renders as the admin form
    permission_object  the casbin object its permissions are about, e.g. "panel"; empty: it brings none
    permissions   a StrEnum of actions on that object
    grants        default policy lines "role, object, action, allow|deny": about its own permission object, or about a
                  step its own stage types add to a "case" or a "round"
    tables        the tables it creates; each starts with the plugin's `table_prefix`
    table_prefix  empty: the plugin's name
    migrations    the importable package with its migrations; required when it has tables
    templates     folder of Jinja templates, rendered as `{name}/…`; translations: folder of gettext catalogues
    static        folder of scripts, styles and pictures; a template calls them `asset("{name}/file.js")`
    """

    name: str
    title: str
    version: str
    sdk: str
    hooks: ModuleType
    config: type[msgspec.Struct] = NoConfig
    summary: str = ""
    permission_object: str = ""
    permissions: type[StrEnum] | None = None
    grants: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    table_prefix: str = ""
    migrations: str = ""
    templates: Path | None = None
    translations: Path | None = None
    static: Path | None = None

    def fail(self, key: str, problem: str, *, allowed: str = "") -> PluginError:
        return PluginError(self.name, key, problem, allowed=allowed)


def validate(plugin: object, entry_point: str, sdk_version: str) -> Plugin:
    """The manifest, if it is one that may start. Raises PluginError naming plugin, key and what is allowed."""
    if not isinstance(plugin, Plugin):
        raise PluginError(
            entry_point, "manifest", f"is a {type(plugin).__name__}", allowed="an instance of core.sdk.Plugin"
        )
    _types(plugin, entry_point)
    _name(plugin, entry_point)
    _versions(plugin, sdk_version)
    _config(plugin)
    _permissions(plugin)
    _tables(plugin)
    _folders(plugin)
    return plugin


def _types(plugin: Plugin, entry_point: str) -> None:
    """Struct constructors check nothing: a manifest written with wrong types is caught here, by key."""
    texts = ("name", "title", "version", "sdk", "summary", "permission_object", "table_prefix", "migrations")
    for key in texts:
        if not isinstance(getattr(plugin, key), str):
            raise PluginError(entry_point, key, f"is a {type(getattr(plugin, key)).__name__}", allowed="text")
    for key in ("grants", "tables"):
        value = getattr(plugin, key)
        if not isinstance(value, tuple) or not all(isinstance(item, str) for item in value):
            raise PluginError(entry_point, key, "is not a tuple of texts", allowed="a tuple of texts")
    if not isinstance(plugin.hooks, ModuleType):
        raise PluginError(
            entry_point, "hooks", "is not a module", allowed="the module with the @hookimpl functions"
        )
    for key in ("title", "version", "sdk"):
        if not getattr(plugin, key).strip():
            raise PluginError(entry_point, key, "is empty", allowed="some text")


def _name(plugin: Plugin, entry_point: str) -> None:
    if not _NAME.fullmatch(plugin.name) or plugin.name in _RESERVED:
        raise plugin.fail(
            "name",
            f"{plugin.name!r} cannot be used",
            allowed="3-40 lower-case letters, digits, underscores, starting with a letter, and none of "
            + ", ".join(sorted(_RESERVED)),
        )
    if plugin.name != entry_point:
        raise plugin.fail("name", f"differs from its entry point {entry_point!r}", allowed=repr(entry_point))


def _versions(plugin: Plugin, sdk_version: str) -> None:
    try:
        Version(plugin.version)
    except InvalidVersion:
        raise plugin.fail("version", f"{plugin.version!r} is no version", allowed="such as 1.2.0") from None
    try:
        wanted = SpecifierSet(plugin.sdk)
    except InvalidSpecifier:
        raise plugin.fail("sdk", f"{plugin.sdk!r} is no range", allowed="such as >=1.0,<2") from None
    if not wanted.contains(sdk_version, prereleases=True):
        raise plugin.fail(
            "sdk",
            f"needs {plugin.sdk}, this installation has {sdk_version}",
            allowed="a release for this SDK",
        )


def _config(plugin: Plugin) -> None:
    config = plugin.config
    if not (isinstance(config, type) and issubclass(config, msgspec.Struct)):
        raise plugin.fail("config", "is no Struct type", allowed="a msgspec.Struct subclass")
    if not (config.__struct_config__.frozen and config.__struct_config__.forbid_unknown_fields):
        raise plugin.fail(
            "config", f"{config.__name__} is loose", allowed="frozen=True, forbid_unknown_fields=True"
        )
    needed = [field.name for field in msgspec.structs.fields(config) if field.required]
    if needed:
        raise plugin.fail(
            f"config.{needed[0]}", "has no default", allowed="a default, so that enabling is enough"
        )


def _permissions(plugin: Plugin) -> None:
    if bool(plugin.permission_object) != (plugin.permissions is not None):
        raise plugin.fail("permissions", "and permission_object belong together", allowed="both or neither")
    if plugin.permissions is not None and not (
        isinstance(plugin.permissions, type) and issubclass(plugin.permissions, StrEnum)
    ):
        raise plugin.fail("permissions", "is no StrEnum", allowed="a StrEnum of action names")
    actions = [str(action) for action in plugin.permissions] if plugin.permissions else []
    for place, line in enumerate(plugin.grants):
        parts = tuple(part.strip() for part in line.split(","))
        key = f"grants[{place}]"
        if len(parts) != 4 or not parts[0]:
            raise plugin.fail(key, f"{line!r} is no policy line", allowed="role, object, action, allow|deny")
        _, subject, action, effect = parts
        if subject in _PROCESSES:
            if not _ACTION.fullmatch(action) or action in _NEVER_OWN:
                raise plugin.fail(
                    key, f"{action!r} is no step of its own", allowed="its stage types' actions"
                )
        elif subject != plugin.permission_object or not subject:
            raise plugin.fail(
                key,
                f"is about {subject!r}",
                allowed=", ".join(filter(None, (plugin.permission_object, *_PROCESSES))),
            )
        elif action not in actions:
            raise plugin.fail(key, f"unknown action {action!r}", allowed=", ".join(actions))
        if effect not in _EFFECTS:
            raise plugin.fail(key, f"unknown effect {effect!r}", allowed=", ".join(_EFFECTS))


def check_steps(plugin: Plugin, steps: Collection[tuple[str, str]]) -> None:
    """Grants about a case or a round name only the plugin's own steps, given as (process kind, action).

    Stage types come from a hook, so the composition root asks this once they are known. Raises PluginError.
    """
    for place, line in enumerate(plugin.grants):
        _, subject, action, _ = (part.strip() for part in line.split(","))
        if subject in _PROCESSES and (subject, action) not in steps:
            own = ", ".join(sorted(action for kind, action in steps if kind == subject))
            raise plugin.fail(
                f"grants[{place}]", f"{subject} has no step {action!r} of this plugin", allowed=own or "none"
            )


def _tables(plugin: Plugin) -> None:
    prefix = plugin.table_prefix or plugin.name
    for table in plugin.tables:
        if not _TABLE.fullmatch(table) or not (table == prefix or table.startswith(f"{prefix}_")):
            raise plugin.fail("tables", f"{table!r} is outside its names", allowed=f"{prefix} or {prefix}_…")
    if plugin.tables and not plugin.migrations:
        raise plugin.fail("migrations", "is empty though it has tables", allowed="an importable package")
    if plugin.migrations and importlib.util.find_spec(plugin.migrations) is None:
        raise plugin.fail("migrations", f"{plugin.migrations!r} cannot be imported", allowed="a package")


def _folders(plugin: Plugin) -> None:
    for key in ("templates", "translations", "static"):
        folder = getattr(plugin, key)
        if folder is not None and not (isinstance(folder, Path) and folder.is_dir()):
            raise plugin.fail(key, f"{folder} is no folder", allowed="a pathlib.Path to an existing folder")
