"""Where somebody holds one of the plugin's permissions: the beginnings of area codes, for lists and counts."""

from __future__ import annotations

from core.sdk import Actor, Platform
from plugins.big_data_check.permissions import Permission


def reach(platform: Platform, actor: Actor, permission: Permission) -> list[str]:
    """Significant digits of the areas (district 6, township 9, village 12); empty: nowhere."""
    areas = {g.area_code for g in actor.grants if platform.may(actor, permission, g.area_code) is None}
    return sorted(_short(code) for code in areas)


def _short(code: str) -> str:
    return code[:6] if code.endswith("000000") else code[:9] if code.endswith("000") else code
