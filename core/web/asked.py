"""What an application asks on its page: nothing the platform knows, can look up, or has its own people judge (SAL 62; 57号 10).

The form over the API takes everything a `HouseholdFacts` holds; the page asks for less of it. Each question that is left, and
each that is not asked, stands with its reason in docs/what-we-ask.md, which a test holds. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.kernel.forms import FieldSpec
from core.web.i18n import gettext as _

EACH = "each"
"""The widget of rows that are there already, one by one under its name: none can be added or taken away."""

EACH_OF = frozenset({"facts-members", "authorisations"})

KNOWN = frozenset(
    {
        "facts-members-person_id",
        "facts-members-name",
        "facts-members-relation",
        "facts-members-birth_date",
        "authorisations-person_id",
    }
)
"""Said when the application was opened: carried along, not asked again."""

NOT_ASKED = frozenset(
    {
        "facts-members-labour",
        "facts-members-disability",
        "facts-income-new_job",
        "facts-income-local_rule",
        "facts-supporters-person_id",
        "facts-supporters-household_per_capita",
        "facts-assets-vehicles-value",
        "facts-assets-houses-area",
        "facts-assets-entities-name",
        "facts-assets-entities-dividends",
        "facts-assets-entities-profit",
        "facts-assets-entities-employees",
        "facts-assets-payroll-amount",
    }
)
"""Found by verification, assessed at the visit, or of no matter before a review."""

PROVENANCE = "provenance"
"""Nor is where a value comes from: the household says it."""


def asked(specs: Sequence[FieldSpec]) -> tuple[FieldSpec, ...]:
    """The fields of an application's form as its page asks them."""
    return tuple(_asked(specs, ""))


def _asked(specs: Sequence[FieldSpec], prefix: str) -> Iterable[FieldSpec]:
    titles, hints = _titles(), _hints()
    for spec in specs:
        path = f"{prefix}{spec.name}"
        if path in NOT_ASKED or spec.name == PROVENANCE:
            continue
        yield replace(
            spec,
            widget=EACH if path in EACH_OF else "hidden" if path in KNOWN else spec.widget,
            title=titles.get(path, spec.title),
            description=hints.get(path, spec.description),
            nested=tuple(_asked(spec.nested, f"{path}-")),
        )


def _titles() -> dict[str, str]:
    """What a household can say where the office would write a number from a paper."""
    return {
        "facts-assets-vehicles-reference": _("车牌号（记不清的写车型、颜色）"),
        "facts-assets-houses-reference": _("房子在哪里"),
        "facts-assets-entities-reference": _("公司、店铺叫什么"),
    }


def _hints() -> dict[str, str]:
    return {
        "facts-assets": _(
            "这些由我们向有关部门核对，不填也可以，更不用交证件。想先说明的写在这里，例如车已经卖了还没过户。"
        ),
        "facts-income": _("养老金、财政发的补贴，我们自己查得到，可以不填。"),
        "authorisations": _("每个人一份。没有签的，我们不能去核对。"),
        "papers": _(
            "户口簿、结婚证、房产证、行驶证、残疾证、营业执照、社保和银行流水都不用交，我们自己查。"
            "看病的票据、法院判决、租地的协议，查不到的才拍。"
        ),
    }


def paths(specs: Sequence[FieldSpec], prefix: str = "") -> Iterable[str]:
    """Every single thing asked for, by its path in the form; what is carried along hidden is none."""
    for spec in specs:
        if spec.widget == "hidden":
            continue
        if spec.nested:
            yield from paths(spec.nested, f"{prefix}{spec.name}-")
        else:
            yield f"{prefix}{spec.name}"
