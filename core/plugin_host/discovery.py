"""Finding plugins: the installed distributions' entry points, or a list handed in; each validated, names unique."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

from core.plugin_host.errors import PluginError
from core.plugin_host.hook import ENTRY_POINTS
from core.plugin_host.manifest import Plugin, validate


def discover(sdk_version: str, found: Iterable[EntryPoint] | None = None) -> tuple[Plugin, ...]:
    """All installed plugins by name. Raises PluginError for one that cannot be imported or must not start."""
    points = entry_points(group=ENTRY_POINTS) if found is None else found
    return accept(((point.name, _load(point)) for point in points), sdk_version)


def accept(candidates: Iterable[tuple[str, object]], sdk_version: str) -> tuple[Plugin, ...]:
    """Validate (entry point name, manifest) pairs and order them by name; refuses two of one name or table."""
    accepted: dict[str, Plugin] = {}
    owners: dict[str, str] = {}
    for name, candidate in candidates:
        plugin = validate(candidate, name, sdk_version)
        if name in accepted:
            raise plugin.fail("name", "is installed twice", allowed="one distribution per plugin name")
        for key, claimed in _claims(plugin):
            if claimed in owners:
                raise plugin.fail(key, f"{claimed!r} is {owners[claimed]!r}'s", allowed="a name of its own")
            owners[claimed] = name
        accepted[name] = plugin
    return tuple(accepted[name] for name in sorted(accepted))


def _claims(plugin: Plugin) -> Iterable[tuple[str, str]]:
    yield from (("tables", table) for table in plugin.tables)
    if plugin.permission_object:
        yield "permission_object", f"permission object {plugin.permission_object}"


def _load(point: EntryPoint) -> object:
    try:
        return point.load()
    except (Exception, SystemExit) as error:
        raise PluginError(
            point.name, "entry point", f"{point.value} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
