"""Whoever is complained of never answers: the level that does always stands above the one meant."""

from __future__ import annotations

import pytest

from core.access.roles import Role
from core.complaints.attachments import unsigned
from core.complaints.routing import About, Level, answered_by, highest, level_of
from core.registry.file_kinds import JPEG, PDF, is_whole
from tests.builders.casework import JPEG as PHOTO

ORDER = list(Level)


@pytest.mark.parametrize("about", [About.OFFICIAL, About.PROCEDURE])
@pytest.mark.parametrize("meant", [Level.VILLAGE, Level.TOWNSHIP, Level.DISTRICT])
def test_a_level_never_answers_what_is_said_of_itself(about: About, meant: Level) -> None:
    assert ORDER.index(answered_by(about, meant)) == ORDER.index(meant) + 1


@pytest.mark.parametrize("about", [About.HOUSEHOLD, About.POSTING])
def test_the_township_answers_what_is_said_of_households(about: About) -> None:
    assert answered_by(about, Level.VILLAGE) is Level.TOWNSHIP


def test_every_office_serves_at_a_level_and_the_households_own_side_at_none() -> None:
    assert {role: level_of(role) for role in (Role.APPLICANT, Role.HELPER, Role.SERVICE)} == dict.fromkeys(
        (Role.APPLICANT, Role.HELPER, Role.SERVICE)
    )
    assert {str(level_of(r)) for r in Role if level_of(r)} == {str(level) for level in Level}


def test_above_the_province_there_is_nobody() -> None:
    assert Level.PROVINCE.above is Level.PROVINCE
    assert highest([Level.DISTRICT, Level.VILLAGE]) is Level.DISTRICT


def test_a_photograph_loses_what_the_camera_said_and_stays_a_photograph() -> None:
    exif = b"Exif\0\0Hongtaoyao village"
    tagged = PHOTO[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + PHOTO[2:]
    plain = unsigned(tagged, JPEG)
    assert exif in tagged
    assert exif not in plain
    assert is_whole(plain, JPEG)
    assert unsigned(b"%PDF-1.7 x", PDF) == b"%PDF-1.7 x"
