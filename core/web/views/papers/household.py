"""A household's circumstances as tables of an official form: members, income, costs, land, supporters, assets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from core.documents.papers import Section
from core.kernel.forms import describe
from core.rules.assets import Assets, Payroll
from core.rules.facts import HouseholdFacts, MemberFacts
from core.stages.context import district
from core.web.views.papers.dossier import Dossier
from core.web.views.papers.wording import money, yes
from core.web.views.records import values_of


def circumstances(dossier: Dossier, facts: HouseholdFacts, on: date) -> tuple[Section, ...]:
    """Every table that has a line. `on` is the day ages are counted at."""
    crops = {crop.code: crop.label for crop in district(dossier.view).parameters(on).income.crops}
    parts = (
        _table("家庭成员", ("姓名", "关系", "年龄", "居住情况", "劳动能力", "残疾", "在校", "重病"),
               (_member(m, on) for m in facts.members)),
        _table("收入（核算期十二个月合计，元）", ("种类", "谁的", "怎么算的", "金额"),
               ((i.kind.label, dossier.name(i.owner), i.basis, money(i.amount)) for i in facts.income)),
        _table("可扣减的支出（元）", ("种类", "谁的", "票据", "金额"),
               ((d.kind.label, dossier.name(d.owner), yes(d.documented), money(d.amount)) for d in facts.deductions)),
        _table("土地", ("面积（亩）", "用途", "作物", "每亩年租金（元）"),
               ((f"{p.mu}", p.use.label, crops.get(p.crop, p.crop), money(p.rent_per_mu)) for p in facts.land)),
        _table("赡养（抚养、扶养）义务人", ("姓名", "关系", "赡养谁", "同意核对"),
               ((s.name, s.relation, "、".join(dossier.name(p) for p in s.supports), yes(s.consent)) for s in facts.supporters)),
    )  # fmt: skip
    return (*(part for part in parts if part.lines), *_assets(dossier, facts.assets))


def _member(member: MemberFacts, on: date) -> tuple[str, ...]:
    disability = member.disability
    return (
        member.name, member.relation, str(member.age(on)), member.living.label,
        member.labour.capacity.label if member.labour else "",
        f"{disability.kind.label} {disability.grade} 级" if disability else "",
        yes(member.student) if member.student else "", yes(member.serious_illness) if member.serious_illness else "",
    )  # fmt: skip


def _assets(dossier: Dossier, assets: Assets) -> Iterator[Section]:
    """One table per kind of asset that the household has, under the forms' own labels; whose it is stands in it by name."""
    owners = {
        owner: dossier.name(owner)
        for spec in describe(Assets)
        for item in getattr(assets, spec.name)
        for owner in [item.person if isinstance(item, Payroll) else item.owner]
    }
    for value in values_of(assets, owners):
        yield _table(f"财产：{value.label}", value.heads, value.rows)


def _table(title: str, heads: Sequence[str], lines: Iterable[tuple[str, ...]]) -> Section:
    return Section(title=title, heads=tuple(heads), lines=tuple(lines))
