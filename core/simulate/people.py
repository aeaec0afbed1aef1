"""Made-up villagers with valid resident IDs (GB 11643), the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from core.registry.resident_id import check_character

SURNAMES = (
    "王李张刘陈杨赵马周吴徐孙朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余于杜叶程苏魏吕丁任沈姚"
)
MEN = (
    "建国",
    "德福",
    "强",
    "军",
    "海",
    "有才",
    "刚",
    "占魁",
    "志明",
    "文斌",
    "永红",
    "小平",
    "林",
    "宝山",
    "全喜",
)
WOMEN = (
    "秀英",
    "桂花",
    "玉兰",
    "梅",
    "芳",
    "小兰",
    "雪琴",
    "翠萍",
    "红霞",
    "彩云",
    "淑珍",
    "娟",
    "丽华",
    "巧玲",
    "凤仙",
)
CHILDREN = ("小军", "小雨", "小天", "思远", "佳怡", "子轩", "欣悦", "浩然", "雅婷", "乐乐")

CHARACTERS = (
    "安邦宝昌成春东方福国光海和宏华吉建金俊康宽莲良美明宁平琴荣瑞善胜顺泰天文祥晓新兴秀玉源月云正志忠"
)


@dataclass(frozen=True, slots=True)
class Villager:
    """`sex` is "male" or "female"; it shows in the ID number's seventeenth digit."""

    name: str
    id_number: str
    sex: str
    birth_date: date

    def age(self, day: date) -> int:
        """Full years on `day`."""
        born = self.birth_date
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def dice(seed: int | str) -> Random:
    """The source of everything made up: reproducible, nothing secret."""
    return Random(f"zhunbao-simulate:{seed}")  # noqa: S311 - made-up data, not a secret


def resident_id(area: str, born: date, sex: str, serial: int) -> str:
    """An ID number of a district (six digits); `serial` 0–499 tells people of one day and sex apart."""
    order = serial % 500 * 2 + (sex == "male")
    body = f"{area[:6]}{born:%Y%m%d}{order:03d}"
    return body + check_character(body)


class Births:
    """Hands out villagers; no two share an ID number."""

    def __init__(self, area: str, today: date, chance: Random) -> None:
        self._area = area
        self.today = today
        self._chance = chance
        self._taken: set[str] = set()
        self._names: set[str] = set()

    def villager(self, age: int, sex: str | None = None, surname: str | None = None) -> Villager:
        """Somebody of an age on the day the village was made up: no birthday within the next months changes it."""
        chance = self._chance
        sex = sex or chance.choice(("male", "female"))
        name = self._name(surname or chance.choice(SURNAMES), age, sex)
        while True:
            # Between a month and half a year after the last birthday, so that a round does not run over the next one.
            born = _years_before(self.today, age) - timedelta(days=chance.randrange(30, 180))
            number = resident_id(self._area, born, sex, chance.randrange(500))
            if number not in self._taken:
                self._taken.add(number)
                return Villager(name, number, sex, born)

    def _name(self, surname: str, age: int, sex: str) -> str:
        """Grown-ups are told apart by their names, as postings and lists have to."""
        given = CHILDREN if age < 18 else MEN if sex == "male" else WOMEN
        name = surname + self._chance.choice(given)
        while name in self._names:
            name = surname + self._chance.choice(CHARACTERS) + self._chance.choice(CHARACTERS)
        if age >= 18:
            self._names.add(name)
        return name


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
