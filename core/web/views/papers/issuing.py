"""Which body issues a paper, and so whose name and seal it bears (57号 2, 9–11, 15–21, 24, 29).

    the village's first list                                        the village (or residents') committee
    acceptance, what is missing, investigation, opinion, posting    the township or sub-district
    decision, result publication, spot check, payment               the district's bureau

Where the district has delegated the confirmation to its townships (57号 2), they issue the decisions, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from core.kernel.stage import View
from core.stages.context import district
from core.storage.database import Transaction


class Body(Enum):
    VILLAGE = auto()
    TOWNSHIP = auto()
    DECIDES = auto()
    """Whoever confirms: the bureau, or the township the confirmation is delegated to."""
    BUREAU = auto()


BODIES: Mapping[str, Body] = {
    "village_list": Body.VILLAGE,
    **dict.fromkeys(
        (
            "receipt", "application", "pledge", "authorisation", "acceptance", "supplement", "lapse", "non_cooperation",
            "relatives", "visit", "verification", "worksheet", "statutory",
        ),
        Body.TOWNSHIP,
    ),
    **dict.fromkeys(
        (
            "review", "confirmation", "denial", "increase", "reduction", "grace", "grace_sheet", "termination", "long_term",
        ),
        Body.DECIDES,
    ),
    **dict.fromkeys(("spot_check", "payroll"), Body.BUREAU),
}  # fmt: skip
"""By the kind of a paper, or of a posting."""


@dataclass(frozen=True)
class Issuing:
    """The bodies of one village: the bureau as its district calls it, the township and village as the tree names them."""

    bureau: str
    district: str
    township: str = ""
    village: str = ""
    delegated: bool = False

    def of(self, kind: str) -> str:
        """The body's name as it stands above its seal; the bureau where the paper is of no village."""
        body = BODIES.get(kind, Body.BUREAU)
        if body is Body.VILLAGE and self.village:
            return f"{self.township}{village_body(self.village)}"
        lower = body is Body.TOWNSHIP or (body is Body.DECIDES and self.delegated)
        return f"{self.district}{township_body(self.township)}" if lower and self.township else self.bureau


def township_body(name: str) -> str:
    """`崆峒镇` → `崆峒镇人民政府`, `东关街道` → `东关街道办事处`; an estate or farm has neither and signs as it is called."""
    if name.endswith("街道"):
        return f"{name}办事处"
    return f"{name}人民政府" if name.endswith(("镇", "乡")) else name


def village_body(name: str) -> str:
    if name.endswith("社区"):
        return f"{name}居民委员会"
    return f"{name}村民委员会" if name.endswith("村") else name


async def issuing_at(tx: Transaction, settings: object, area_code: str) -> Issuing:
    """Of the place a case or posting lies in. `settings`: the district's `TenantSettings`."""
    rows = await tx.fetch(
        "SELECT code, name FROM area WHERE code = ANY($1)", [area_code, area_code[:9] + "000"]
    )
    names = {row["code"]: row["name"] for row in rows}
    in_township = not area_code.endswith("000000")
    return Issuing(
        str(getattr(settings, "office_name", "")), str(getattr(settings, "name", "")),
        names.get(area_code[:9] + "000", "") if in_township else "",
        "" if area_code.endswith("000") else names.get(area_code, ""),
        bool(getattr(settings, "delegated", False)),
    )  # fmt: skip


async def issuing_of(tx: Transaction, view: View) -> Issuing:
    return await issuing_at(tx, district(view).settings, view.process.area_code)
