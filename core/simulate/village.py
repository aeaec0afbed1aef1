"""The households of a made-up village, each with the story it is to live through and what should become of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from random import Random

from core.simulate.expectation import Expected, Terms, expect
from core.simulate.families import Maker
from core.simulate.household import Car, Household
from core.simulate.people import Births, Villager, dice


class Story(StrEnum):
    """What happens to a household beside the ordinary. The last five stand on the rolls before the round."""

    PLAIN = "plain"
    WELL_OFF = "well_off"
    SUPPLEMENT = "supplement"
    CLEARED = "cleared"
    UPHELD = "upheld"
    UNCONTESTED = "uncontested"
    OBJECTED = "objected"
    WITHDRAWN = "withdrawn"
    COMPLAINT = "complaint"
    PANEL_RELATIVE = "panel_relative"
    STAFF_RELATIVE = "staff_relative"
    KEPT = "kept"
    RAISED = "raised"
    REDUCED = "reduced"
    GRACE = "grace"
    STOPPED = "stopped"


EXISTING = frozenset({Story.KEPT, Story.RAISED, Story.REDUCED, Story.GRACE, Story.STOPPED})
FIRST = (
    Story.CLEARED, Story.UPHELD, Story.OBJECTED, Story.WITHDRAWN, Story.GRACE, Story.PANEL_RELATIVE, Story.KEPT,
    Story.STAFF_RELATIVE, Story.WELL_OFF, Story.SUPPLEMENT, Story.COMPLAINT, Story.PLAIN, Story.STOPPED, Story.REDUCED,
    Story.UNCONTESTED, Story.RAISED,
)  # fmt: skip
"""Every story once, the most telling first; whoever asks for fewer households gets the first ones."""

ENDINGS = {
    Story.UPHELD: "refused", Story.UNCONTESTED: "refused", Story.WELL_OFF: "refused", Story.WITHDRAWN: "withdrawn",
    Story.GRACE: "grace", Story.STOPPED: "terminated",
}  # fmt: skip
TRIES = 500


@dataclass(frozen=True, slots=True)
class OnRolls:
    """What a household received before the round; yuan per month."""

    category: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """`ending` is "active", "refused", "withdrawn", "grace" or "terminated"; `self_service`: it applies by itself."""

    key: int
    story: Story
    household: Household
    expected: Expected
    ending: str
    on_rolls: OnRolls | None = None
    self_service: bool = False

    @property
    def existing(self) -> bool:
        return self.on_rolls is not None

    @property
    def mandatory(self) -> bool:
        """Visited by the district whatever the draw says (57号 20)."""
        return self.story in (Story.COMPLAINT, Story.STAFF_RELATIVE)


@dataclass(frozen=True, slots=True)
class Village:
    """`women` may be elected to the panel, `staff` hold the round's other offices; some are kin of households."""

    area_code: str
    plans: tuple[Plan, ...]
    staff: tuple[Villager, ...]
    women: tuple[Villager, ...] = ()


def village(area_code: str, households: int, seed: int, today: date, terms: Terms) -> Village:
    """Made up from code and seed alone: the same village every time. `today` fixes the ages."""
    chance = dice(f"{area_code}:{seed}")
    births = Births(area_code, today, chance)
    maker = Maker(births, chance)
    stories = [*FIRST[:households], *chance.choices(list(Story), k=max(0, households - len(FIRST)))]
    chance.shuffle(stories)
    plans = tuple(_plan(k, story, maker, chance, terms, today) for k, story in enumerate(stories))
    staff = tuple(births.villager(chance.randint(26, 58)) for _ in range(28))
    women = tuple(births.villager(chance.randint(30, 62), "female") for _ in range(15))
    return Village(area_code, plans, staff, women)


def _plan(key: int, story: Story, maker: Maker, chance: Random, terms: Terms, today: date) -> Plan:
    household, expected = _suited(story, maker, chance, terms, today)
    ending = ENDINGS.get(story) or ("active" if expected.entitled else "refused")
    return Plan(
        key, story, household, expected, ending, _on_rolls(story, household, expected, terms, today),
        self_service=chance.random() < 0.4,
    )  # fmt: skip


def _suited(
    story: Story, maker: Maker, chance: Random, terms: Terms, today: date
) -> tuple[Household, Expected]:
    """Households made up until one fits its story."""
    make = _maker_of(story, maker, chance)
    for _ in range(TRIES):
        household = make()
        expected = expect(household, terms, today)
        if _fits(story, household, expected, terms, today):
            return household, expected
    raise RuntimeError(f"no household fits the story {story.value!r} under these terms")


def _maker_of(story: Story, maker: Maker, chance: Random) -> Callable[[], Household]:
    if story is Story.WELL_OFF:
        return maker.well_off
    if story is Story.GRACE:
        return lambda: _employed(maker, chance, new_job=True)
    if story is Story.STOPPED:
        return lambda: _employed(maker, chance, new_job=False)
    if story in (Story.CLEARED, Story.UPHELD, Story.UNCONTESTED):
        return lambda: _with_car(maker.working_family(), chance)
    return maker.any


def _employed(maker: Maker, chance: Random, *, new_job: bool) -> Household:
    household = maker.grown_up_son()
    return replace(household, income=(maker.wages(2, chance.randrange(1900, 3400, 100), new_job=new_job),))


def _with_car(household: Household, chance: Random) -> Household:
    plate = f"甘L{chance.randrange(10**5):05d}"
    return replace(household, cars=(Car(0, plate, Decimal(chance.randrange(50000, 98000, 500))),))


def _fits(story: Story, household: Household, expected: Expected, terms: Terms, today: date) -> bool:
    if story is Story.PLAIN:
        return True
    if story is Story.WELL_OFF:
        return not expected.entitled
    if story in (Story.GRACE, Story.STOPPED):
        return not expected.entitled and expect(replace(household, income=()), terms, today).entitled
    if story is Story.RAISED:
        return expected.entitled and expected.amount > 2
    return expected.entitled


def _on_rolls(
    story: Story, household: Household, expected: Expected, terms: Terms, today: date
) -> OnRolls | None:
    """What it received until now, so that the story comes out: the same, less, more, or before somebody found work."""
    if story not in EXISTING:
        return None
    if story in (Story.GRACE, Story.STOPPED):
        before = expect(replace(household, income=()), terms, today)
        return OnRolls(before.category, before.amount)
    change = {Story.RAISED: Decimal("0.5"), Story.REDUCED: Decimal("1.5")}.get(story, Decimal(1))
    return OnRolls(expected.category, (expected.amount * change).quantize(Decimal("0.01")))
