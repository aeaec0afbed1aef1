"""Kinds of household a village has: old couples, people alone, working families, three generations."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random

from core.simulate.household import SELF, Household, Income, Medical, Member, Plot, Supporter
from core.simulate.people import SURNAMES, WOMEN, Births, Villager

ADULT, OLD = 18, 60


class Maker:
    """Makes households up. `chance` is the only source of difference."""

    def __init__(self, births: Births, chance: Random) -> None:
        self._births = births
        self._chance = chance

    def any(self) -> Household:
        kind: Callable[[], Household] = self._chance.choices(
            (self.old_couple, self.alone, self.working_family, self.single_parent, self.three_generations),
            weights=(3, 2, 4, 2, 2),
        )[0]
        return kind()

    def old_couple(self) -> Household:
        """Both old, some land leased out, basic pensions, often a daughter or son living elsewhere."""
        husband = self._person(self._age(66, 82), "male")
        wife = self._person(self._age(64, 80), "female")
        children = self._chance.randint(1, 4)
        members = (
            Member(husband, SELF, children=children),
            Member(wife, "配偶", children=children, disability=self._disability()),
        )
        pensions = tuple(Income("basic_pension", Decimal(1320), k, "每月 110 元 × 12 个月") for k in (0, 1))
        return self._house(members, pensions, plots=(self._leased(),), supporters=self._supporters((0, 1)))

    def alone(self) -> Household:
        """One person, disabled or old."""
        age = self._age(45, 78)
        person = self._person(age)
        disabled = self._disability(always=age < OLD)
        member = Member(person, SELF, self._capacity(age, "half"), disabled, children=0)
        return self._house((member,), plots=(self._leased(),) if self._chance.random() < 0.7 else ())

    def working_family(self) -> Household:
        """Husband and wife with one to three children; seasonal work, a few mu of crops, often somebody ill."""
        husband = self._person(self._age(30, 52), "male")
        wife = self._person(self._age(28, 50), "female")
        young = [self._child(husband) for _ in range(self._chance.randint(1, 3))]
        members = (
            Member(husband, SELF, self._chance.choice(("full", "half"))),
            Member(wife, "配偶", self._chance.choice(("full", "half", "half"))),
            *(Member(c, "子女", student=c.age(self._births.today) >= 7) for c in young),
        )
        earner = self._chance.choice((0, 1))
        ill = (self._medical(1 - earner),) if self._chance.random() < 0.6 else ()
        return self._house(members, self._seasonal(earner), ill, (self._crops(),))

    def single_parent(self) -> Household:
        """A mother or father with one or two children, somebody disabled or seriously ill."""
        parent = self._person(self._age(30, 50))
        child = self._child(parent)
        members = (
            Member(parent, SELF, "half", serious_illness=self._chance.random() < 0.3),
            Member(child, "子女", student=child.age(self._births.today) >= 7, disability=self._disability()),
        )
        return self._house(members, self._seasonal(0), (self._medical(0),), (self._crops(),))

    def three_generations(self) -> Household:
        """Grown-up child with spouse, a child, and an old parent."""
        head = self._person(self._age(32, 48), "male")
        wife = self._person(self._age(30, 46), "female")
        mother = self._person(self._age(66, 84), "female")
        child = self._child(head)
        members = (
            Member(head, SELF, "full"),
            Member(wife, "配偶", "half"),
            Member(mother, "父母", children=self._chance.randint(1, 3), disability=self._disability()),
            Member(child, "子女", student=child.age(self._births.today) >= 7),
        )
        income = (*self._seasonal(0), Income("basic_pension", Decimal(1320), 2, "每月 110 元 × 12 个月"))
        return self._house(members, income, (self._medical(2),), (self._crops(), self._leased()))

    def well_off(self) -> Household:
        """Two wages all the year round and a garden of cash crops: clearly above any standard."""
        husband = self._person(self._age(30, 48), "male")
        wife = self._person(self._age(28, 46), "female")
        child = self._child(husband)
        members = (
            Member(husband, SELF, "full"),
            Member(wife, "配偶", "full"),
            Member(child, "子女", student=child.age(self._births.today) >= 7),
        )
        income = tuple(self._wages(k, self._chance.randrange(2600, 4200, 100), 12) for k in (0, 1))
        return self._house(members, income, plots=(Plot(self._mu(), "cash"),))

    def grown_up_son(self) -> Household:
        """An old couple with a son of working age at home: without his wages the household has next to nothing."""
        father = self._person(self._age(66, 76), "male")
        mother = self._person(self._age(64, 74), "female")
        son = self._person(self._age(28, 40), "male", father.name[0])
        members = (
            Member(father, SELF, children=1),
            Member(mother, "配偶", children=1),
            Member(son, "子女", "half"),
        )
        return self._house(members)

    def wages(self, owner: int, monthly: int, *, new_job: bool = False) -> Income:
        """A year's wages."""
        return self._wages(owner, monthly, 12, new_job=new_job)

    def name(self) -> str:
        return self._chance.choice(SURNAMES) + self._chance.choice(WOMEN)

    def _house(
        self,
        members: tuple[Member, ...],
        income: tuple[Income, ...] = (),
        medical: tuple[Medical, ...] = (),
        plots: tuple[Plot, ...] = (),
        supporters: tuple[Supporter, ...] = (),
    ) -> Household:
        group = f"{self._chance.choice('一二三四五六')}组"
        return Household(
            members, group, f"{group}{self._chance.randint(1, 80)}号", f"6217{self._chance.randrange(10**12):012d}",
            income, medical, plots, supporters,
        )  # fmt: skip

    def _age(self, low: int, high: int) -> int:
        return self._chance.randint(low, high)

    def _person(self, age: int, sex: str | None = None, surname: str | None = None) -> Villager:
        return self._births.villager(age, sex, surname)

    def _child(self, parent: Villager) -> Villager:
        return self._births.villager(self._chance.randint(4, 16), None, parent.name[0])

    def _disability(self, *, always: bool = False) -> tuple[str, int] | None:
        if not always and self._chance.random() < 0.5:
            return None
        kind = self._chance.choice(("limb", "visual", "hearing", "intellectual", "mental"))
        return kind, self._chance.randint(1, 2 if always else 4)

    def _capacity(self, age: int, otherwise: str) -> str:
        return otherwise if ADULT <= age < OLD else ""

    def _mu(self) -> Decimal:
        return Decimal(self._chance.randint(2, 20)) / 2

    def _leased(self) -> Plot:
        return Plot(self._mu(), rent=Decimal(self._chance.choice((80, 100, 120, 150))))

    def _crops(self) -> Plot:
        return Plot(self._mu(), self._chance.choice(("grain", "grain", "cash")))

    def _medical(self, owner: int) -> Medical:
        documented = self._chance.random() < 0.85
        return Medical(Decimal(self._chance.randrange(60000, 600000)) / 100, owner, documented)

    def _seasonal(self, owner: int) -> tuple[Income, ...]:
        months = self._chance.randint(3, 10)
        return (self._wages(owner, self._chance.randrange(900, 2100, 50), months),)

    def _wages(self, owner: int, monthly: int, months: int, *, new_job: bool = False) -> Income:
        basis = f"每月 {monthly} 元 × {months} 个月"
        return Income("wages", Decimal(monthly * months), owner, basis, new_job)

    def _supporters(self, supports: tuple[int, ...]) -> tuple[Supporter, ...]:
        if self._chance.random() < 0.3:
            return ()
        consent = self._chance.random() < 0.8
        per_capita = Decimal(self._chance.randrange(400000, 1600000)) / 100 if consent else None
        others = self._chance.choice((0, 0, 1, 2))
        return (
            Supporter(
                self.name(),
                self._chance.choice(("女儿", "儿子")),
                supports,
                consent,
                per_capita,
                len(supports) + others,
            ),
        )
