"""Whose name stands in what somebody wrote: whole names, as people write them, and not a part of somebody else's. Pure.

"王小明收了礼" speaks of 王小明 and not of 王小, when both are known here; "欧阳明" in the field for whom it is about is neither
欧阳 nor 阳明. Spaces and "·" within a name count for nothing. Chinese has no marks between words, so some texts can be read
both ways ("张伟明天来"): then both are meant, since whoever is accused must never answer, and a namesake kept out costs little.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_DOTS = "·•・‧∙⋅"
UNSEEN = f" \t\n\u3000{_DOTS}"
"""What a name may have between its characters without becoming another, as the database takes it out of names."""

_COMMON = frozenset(
    "是的家在有把给收不没也就都说和与跟同及或等为被将让叫去来到从对向要会能可又还已曾只才很太最用拿吃打骂他她它我你您这那哪其户"
    "了过着吗呢吧啊之而且因所以如果但找请问看听想知道光自本"
    "书主镇乡村组委员会科局长队站所干老小先同女男大二三四五六七八九十"
    "爸妈父母哥弟姐妹叔伯婶嫂舅姑姨爷奶公婆孙媳妻夫儿子侄亲妇"
)  # fmt: skip
"""Characters that go on with a sentence, a post or a relation after a name. One that may be a name's as well only makes the
reading doubtful."""

_BEFORE = _COMMON | frozenset("民任记事师生人部县区")
"""What ends before a name."""

_COMPOUNDS = (
    "欧阳司马上官诸葛东方皇甫尉迟公孙慕容长孙宇文司徒司空夏侯令狐端木独孤南宫第五轩辕申屠太史澹台公冶宗政濮阳淳于单于赫连钟离闻人呼延百里东郭"
    "西门拓跋完颜万俟鲜于闾丘司寇仲孙亓官左丘巫马公西颛孙壤驷公良漆雕乐正宰父谷梁夹谷段干东门梁丘"
)  # fmt: skip
_COMPOUND = frozenset(_COMPOUNDS[at : at + 2] for at in range(0, len(_COMPOUNDS), 2))
"""Family names of two characters."""


@dataclass(frozen=True, slots=True)
class _Text:
    """`chars` without spaces and dots; `spaces` and `dots`: before which characters one stood."""

    chars: str
    spaces: frozenset[int]
    dots: frozenset[int]

    @classmethod
    def of(cls, text: str) -> _Text:
        chars: list[str] = []
        spaces, dots = set(), set()
        for char in unicodedata.normalize("NFKC", text):
            if char in _DOTS:
                dots.add(len(chars))
            elif char.isspace():
                spaces.add(len(chars))
            else:
                chars.append(char)
        return cls("".join(chars), frozenset(spaces), frozenset(dots))


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int

    def within(self, other: _Place) -> bool:
        return self != other and other.start <= self.start and self.end <= other.end


def squeezed(text: str) -> str:
    """Without spaces and dots: whatever name stands in a text stands in this, too."""
    return _Text.of(text).chars


def meant(text: str, known: Collection[str], whom: str = "") -> frozenset[str]:
    """Those of the `known` names (of more than one character) that `text` speaks of.

    `whom` is what was written where one name is asked for: there a name stands by itself, also one that nobody here has.
    """
    found: set[str] = set()
    names = {name: squeezed(name) for name in known}
    spoken = frozenset(short for short in names.values() if len(short) > 1)
    strangers = frozenset(_alone(_Text.of(whom))) - spoken
    for said in (_Text.of(text), _Text.of(whom)):
        places = {name: list(_places(said, name)) for name in spoken | strangers}
        everywhere = [place for one in places.values() for place in one]
        for name in spoken:
            if any(not _part_of_another(said, place, everywhere) for place in places[name]):
                found.add(name)
    return frozenset(name for name, short in names.items() if short in found)


def _places(said: _Text, name: str) -> Iterator[_Place]:
    start = said.chars.find(name)
    while start >= 0:
        place = _Place(start, start + len(name))
        if not (_runs_on(said, start) or _runs_on(said, place.end)):
            yield place
        start = said.chars.find(name, start + 1)


def _runs_on(said: _Text, at: int) -> bool:
    """Whether a Latin word or a number goes on over this place."""
    if not 0 < at < len(said.chars) or at in said.spaces:
        return False
    return all(char.isascii() and (char.isalnum() or char == "_") for char in said.chars[at - 1 : at + 1])


def _part_of_another(said: _Text, place: _Place, others: Collection[_Place]) -> bool:
    return any(place.within(other) and _surely(said, place, other) for other in others)


def _surely(said: _Text, part: _Place, whole: _Place) -> bool:
    """Whether the longer name alone is meant: it ends where words end, and where the shorter one would end none begins."""
    inside = range(whole.start + 1, whole.end)
    if any(at in said.dots for at in inside):
        return True
    seams = [at for at in (part.start, part.end) if at in inside]
    set_apart = any(at in said.spaces for at in seams)
    spaced = any(at in said.spaces for at in range(part.start + 1, part.end))
    if set_apart and not spaced and _han(said.chars[part.start]):
        return False
    if whole.end > part.end and (said.chars[part.end] in _COMMON or not _ends(said, whole.end)):
        return False
    return not (
        whole.start < part.start and (said.chars[part.start - 1] in _BEFORE or not _begins(said, whole.start))
    )


def _ends(said: _Text, at: int) -> bool:
    return at >= len(said.chars) or at in said.spaces or not _han(said.chars[at]) or said.chars[at] in _COMMON


def _begins(said: _Text, at: int) -> bool:
    before = said.chars[at - 1 : at]
    return not before or at in said.spaces or not _han(before) or before in _BEFORE


def _alone(whom: _Text) -> Iterator[str]:
    """What looks like a whole name by itself: three characters, four after a compound surname; two are nobody's part."""
    for token in _tokens(whom):
        compound = token[:2] in _COMPOUND
        if len(token) == 3 or (len(token) == 4 and compound):
            yield token


def _tokens(said: _Text) -> Iterator[str]:
    """Runs of Chinese characters; spaces part them unless every character stands apart."""
    run: list[str] = []
    apart: list[int] = []

    def cut() -> Iterator[str]:
        if run:
            word = "".join(run)
            yield from [word] if len(apart) == len(run) - 1 else _split(word, apart)
        run.clear()
        apart.clear()

    for at, char in enumerate(said.chars):
        if not _han(char):
            yield from cut()
            continue
        if run and at in said.spaces:
            apart.append(len(run))
        run.append(char)
    yield from cut()


def _split(word: str, places: Collection[int]) -> Iterator[str]:
    start = 0
    for place in [*places, len(word)]:
        yield word[start:place]
        start = place


def _han(char: str) -> bool:
    return "㐀" <= char <= "鿿" or char >= "\U00020000"
