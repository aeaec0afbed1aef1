"""Verification without a platform: the officer looks everything up and files the report by hand."""

from __future__ import annotations

from datetime import date, timedelta

from core.simulate.moves import Move, office
from core.simulate.world import Form, State, Track, World

SOURCES = (
    "household_registration", "marriage", "vehicles", "real_estate", "market_entities", "tax", "social_insurance",
    "housing_fund", "deposits", "securities", "disability", "payroll",
)  # fmt: skip
VALID = timedelta(days=150)


async def _report(_: World, track: Track, state: State) -> Form:
    """No record anywhere, but for one source without data, which takes a note. Cars were found at the visit."""
    day = date.fromisoformat(str(state.answer["entered_on"]))
    results = [
        {"person_id": person, "source": source, "result": "no_hit", "as_of": day.isoformat()}
        for person in track.person_ids
        for source in SOURCES
    ]
    results[-1] |= {"result": "no_data", "note": "来源没有这个人的数据，已电话核实。"}
    return {
        "number": f"HD-{track.number}-{state.times('file_verification_report') + 1}",
        "authorisation_number": f"SQ-{track.number}",
        "queried_at": f"{day.isoformat()}T10:00:00+08:00",
        "as_of": day.isoformat(),
        "valid_until": (day + VALID).isoformat(),
        "results": results,
        "findings": [],
        "conclusion": "未发现超过规定的财产。",
    }


def _asked(_: Track, state: State) -> bool:
    return state.last("request_verification") > state.last("file_verification_report")


REPORT = Move("file_verification_report", office("verification_officer"), _asked, _report)
