"""What is known of a household when its case is judged: members, income, land, supporters, assets, each with its source.

Frozen data used by forms, records and rules alike. Amounts are yuan for the whole calculation period (the 12 calendar
months before the month of acceptance, domain §3) unless a field says otherwise.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.rules.assets import Assets
from core.rules.provenance import DECLARED, Provenance
from core.rules.values import Labelled, money, titled

APPLICANT = "本人"
"""The relation (GB/T 4761) of the member who applies."""


class DisabilityClass(Labelled):
    """GB/T 26341."""

    VISUAL = "visual", "视力残疾"
    HEARING = "hearing", "听力残疾"
    SPEECH = "speech", "言语残疾"
    LIMB = "limb", "肢体残疾"
    INTELLECTUAL = "intellectual", "智力残疾"
    MENTAL = "mental", "精神残疾"
    MULTIPLE = "multiple", "多重残疾"


class Disability(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By the certificate; grade 1 is the most severe."""

    kind: Annotated[DisabilityClass, titled("残疾类别")]
    grade: Annotated[int, Meta(title="残疾等级", ge=1, le=4, extra={"unit": "级"})]

    @property
    def severe(self) -> bool:
        """Grade 1–2 of any class (domain §3)."""
        return self.grade <= 2

    @property
    def may_apply_alone(self) -> bool:
        """57号 8 (1): severe, or grade 3 intellectual or mental."""
        return self.severe or (
            self.grade == 3 and self.kind in (DisabilityClass.INTELLECTUAL, DisabilityClass.MENTAL)
        )


class LabourCapacity(Labelled):
    """What the investigators assess; the coefficient is 1.0, 0.5 or 0 (domain §3)."""

    FULL = "full", "有劳动能力"
    HALF = "half", "部分劳动能力"
    NONE = "none", "无劳动能力"

    @property
    def coefficient(self) -> Decimal:
        return {"full": Decimal("1.0"), "half": Decimal("0.5"), "none": Decimal(0)}[self.value]


class Labour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An assessment with its reason. `hard_to_employ` says why no wage may be imputed all the same (83号 一（一）)."""

    capacity: Annotated[LabourCapacity, titled("劳动能力")]
    reason: Annotated[str, Meta(title="理由", min_length=1, max_length=500)]
    hard_to_employ: Annotated[str, titled("确实难以就业的原因", "没有就空着")] = ""


class Living(Labelled):
    """How a person belongs to the household; only the first two are counted (57号 7, domain §3)."""

    TOGETHER = "together", "共同生活"
    STUDYING_AWAY = "studying_away", "在外就学"
    SPECIAL_CARE = "special_care", "特困供养"
    IN_CUSTODY = "in_custody", "服刑、强制隔离戒毒或宣告失踪"
    CLERGY = "clergy", "脱离家庭三年以上的宗教教职人员"
    OTHERWISE_EXCLUDED = "otherwise_excluded", "省里规定不计入的人员"

    @property
    def counted(self) -> bool:
        return self in (Living.TOGETHER, Living.STUDYING_AWAY)


class MemberFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person. `children` counts all living children, wherever they live, consenting or not; None: not asked yet."""

    person_id: UUID
    name: Annotated[str, Meta(title="姓名", min_length=1, max_length=60)]
    relation: Annotated[str, Meta(title="与申请人关系", min_length=1, max_length=20)]
    birth_date: Annotated[date, titled("出生日期")]
    living: Annotated[Living, titled("居住情况")] = Living.TOGETHER
    labour: Annotated[Labour | None, titled("劳动能力评定")] = None
    disability: Annotated[Disability | None, titled("残疾")] = None
    student: Annotated[bool, titled("全日制在校学生（本科及以下）")] = False
    serious_illness: Annotated[bool, titled("重特大疾病")] = False
    children: Annotated[
        Annotated[int, Meta(ge=0, le=30)] | None, titled("子女人数", "不论住在哪里、是否同意核对")
    ] = None

    def age(self, day: date) -> int:
        """Full years on `day`."""
        born = self.birth_date
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class IncomeGroup(Labelled):
    """The four incomes of 57号 13, and what is not counted."""

    WAGES = "wages", "工资性收入"
    BUSINESS = "business", "经营净收入"
    PROPERTY = "property", "财产净收入"
    TRANSFER = "transfer", "转移净收入"
    OTHER = "other", "其他收入"
    EXCLUDED = "excluded", "不计入的收入"


class IncomeKind(Labelled):
    """What an income is. Those of group EXCLUDED never count (57号 13); the basic pension by the district's dated switch."""

    WAGES = "wages", "工资、务工收入"
    BUSINESS = "business", "经营净收入"
    PROPERTY = "property", "利息、红利、租金等"
    PENSION = "pension", "养老金、离退休金"
    BASIC_PENSION = "basic_pension", "城乡居民基础养老金"
    SUPPORT_RECEIVED = "support_received", "实际收到的赡养、抚养、扶养费"
    TRANSFER = "transfer", "其他转移性收入"
    TRANSFER_PAID = "transfer_paid", "转移性支出（税、社保、付出的赡养费等）"
    OTHER = "other", "其他应计入的收入"
    PREFERENTIAL_PENSION = "preferential_pension", "优待抚恤金"
    FAMILY_PLANNING = "family_planning", "计划生育奖励与扶助金"
    SCHOLARSHIP = "scholarship", "奖学金"
    BRAVERY_AWARD = "bravery_award", "见义勇为等奖励"
    ASSISTANCE = "assistance", "政府发放的社会救助款物"
    LOCALLY_EXCLUDED = "locally_excluded", "设区的市级以上政府规定不计入的收入"

    @property
    def group(self) -> IncomeGroup:
        return _GROUPS.get(self, IncomeGroup.EXCLUDED)


_GROUPS = {
    IncomeKind.WAGES: IncomeGroup.WAGES,
    IncomeKind.BUSINESS: IncomeGroup.BUSINESS,
    IncomeKind.PROPERTY: IncomeGroup.PROPERTY,
    IncomeKind.PENSION: IncomeGroup.TRANSFER,
    IncomeKind.BASIC_PENSION: IncomeGroup.TRANSFER,
    IncomeKind.SUPPORT_RECEIVED: IncomeGroup.TRANSFER,
    IncomeKind.TRANSFER: IncomeGroup.TRANSFER,
    IncomeKind.TRANSFER_PAID: IncomeGroup.TRANSFER,
    IncomeKind.OTHER: IncomeGroup.OTHER,
}


class IncomeLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One income of the period. Only a business result may be negative; transfers paid are entered as positive amounts.

    `basis` says in words how the amount came about ("每月1,500元×8个月"). `new_job` marks wages from work taken up
    since the last review (grace period, 57号 33). For LOCALLY_EXCLUDED, `local_rule` names the local rule.
    """

    kind: Annotated[IncomeKind, titled("收入种类")]
    amount: Annotated[Decimal, money("金额", "核算期十二个月的合计", minimum=None)]
    owner: Annotated[UUID | None, titled("谁的收入", "全家共有的空着")] = None
    basis: Annotated[str, Meta(title="怎么算的", max_length=200)] = ""
    new_job: Annotated[bool, titled("新就业的收入")] = False
    local_rule: Annotated[str, titled("当地规定的名称")] = ""
    provenance: Annotated[Provenance, titled("来源")] = DECLARED


class DeductionKind(Labelled):
    """Rigid expenditure that may be deducted; never education (domain §3)."""

    MEDICAL = "medical", "自付医疗费用"
    REHABILITATION = "rehabilitation", "残疾康复费用"


class Deduction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A self-paid cost of the period; only documented ones are deducted."""

    kind: Annotated[DeductionKind, titled("支出种类")]
    amount: Annotated[Decimal, money("自付金额", "核算期十二个月的合计")]
    owner: Annotated[UUID | None, titled("谁的支出")] = None
    documented: Annotated[bool, titled("有票据")] = False
    provenance: Annotated[Provenance, titled("来源")] = DECLARED


class LandUse(Labelled):
    FARMED = "farmed", "自己种"
    LEASED_OUT = "leased_out", "流转出去"


class Land(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A plot: farmed (own or leased in) with a crop of the district's list, or leased out at its actual rent a year."""

    mu: Annotated[Decimal, titled("面积", unit="亩", minimum="0", places=2)]
    use: Annotated[LandUse, titled("用途")] = LandUse.FARMED
    crop: Annotated[
        str, Meta(title="作物", description="流转出去的空着", max_length=40, extra={"widget": "crop"})
    ] = ""
    rent_per_mu: Annotated[Decimal | None, money("每亩年租金", "流转出去的填实际租金")] = None
    provenance: Annotated[Provenance, titled("来源")] = DECLARED


class LegalSupporter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody outside the household bound by law to support members of it. Looked into only with consent (SAL 41)."""

    name: Annotated[str, Meta(title="姓名", min_length=1, max_length=60)]
    relation: Annotated[str, Meta(title="关系", min_length=1, max_length=20)]
    supports: Annotated[tuple[UUID, ...], Meta(title="赡养谁", min_length=1)]
    consent: Annotated[bool, titled("本人同意核对")] = False
    household_per_capita: Annotated[Decimal | None, money("赡养人家庭人均年收入")] = None
    persons_supported: Annotated[int, Meta(title="一共要赡养几个人", ge=1, le=30)] = 1
    decided_amount: Annotated[
        Decimal | None, money("判决、调解或协议确定的年赡养费", "给本户的合计；有就按它算")
    ] = None
    decided_basis: Annotated[str, titled("判决或协议文号")] = ""
    person_id: UUID | None = None
    provenance: Annotated[Provenance, titled("来源")] = DECLARED


class HouseholdFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the rules look at. `alone` is the member of a marginal household who applies alone (57号 8)."""

    members: Annotated[tuple[MemberFacts, ...], Meta(title="家庭成员", min_length=1)]
    income: Annotated[tuple[IncomeLine, ...], titled("收入")] = ()
    deductions: Annotated[tuple[Deduction, ...], titled("可扣减的支出")] = ()
    land: Annotated[tuple[Land, ...], titled("土地")] = ()
    supporters: Annotated[tuple[LegalSupporter, ...], titled("赡养（抚养、扶养）义务人")] = ()
    assets: Annotated[Assets, titled("财产")] = Assets()
    alone: Annotated[UUID | None, titled("单独提出申请的人")] = None

    @property
    def counted(self) -> tuple[MemberFacts, ...]:
        """The jointly living members, in order; their number is n."""
        return tuple(m for m in self.members if m.living.counted)

    @property
    def applicant(self) -> MemberFacts:
        """The member whose relation is `本人`, else the first."""
        return next((m for m in self.members if m.relation == APPLICANT), self.members[0])

    def member(self, person_id: UUID) -> MemberFacts | None:
        return next((m for m in self.members if m.person_id == person_id), None)
