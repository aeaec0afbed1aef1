"""Settings are strict; quiet hours hold over midnight; signatures hold for exactly what was signed."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sdk import CHINA
from plugins.sms_notice.config import EVERY_NOTICE, SmsConfig
from plugins.sms_notice.notices import NOTICES
from plugins.sms_notice.quiet import is_quiet, pause, sendable_at
from plugins.sms_notice.signing import lines_hold, request_holds, sign_lines, sign_request

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"signature": "【民政】"}, "短信签名不要带【】"),
    ({"notices": ["accepted", "accepted"]}, "同一种通知写了两次"),
    ({"notices": ["birthday"]}, "birthday"),
    ({"url": "http://sms.example.com", "key_id": "a"}, "网关地址要以 https:// 开头"),
    ({"url": "https://user:secret@sms.example.com", "key_id": "a"}, "网关地址要以 https:// 开头"),
    ({"url": "https://sms.example.com/?a=1", "key_id": "a"}, "网关地址要以 https:// 开头"),
    ({"url": "https://sms.example.com"}, "网关地址和网关账号要一起填"),
    ({"key_id": "a"}, "网关地址和网关账号要一起填"),
    ({"quiet_from": "25:00"}, "quiet_from"),
    ({"monthly_cap": -1}, "monthly_cap"),
    ({"cap": 5}, "cap"),
]


@pytest.mark.parametrize(("settings", "said"), WRONG)
def test_wrong_settings_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=said):
        msgspec.convert(settings, SmsConfig)


def test_nothing_set_sends_every_notice_there_is() -> None:
    assert SmsConfig().notices == EVERY_NOTICE == tuple(NOTICES)


def test_a_gateway_of_ones_own_is_taken() -> None:
    config = msgspec.convert({"url": "https://sms.example.com/send", "key_id": "LTAI-1"}, SmsConfig)
    assert config.url == "https://sms.example.com/send"
    assert msgspec.convert({"url": "http://127.0.0.1:8190", "key_id": "demo"}, SmsConfig).key_id == "demo"


times = st.times().map(lambda t: t.replace(second=0, microsecond=0))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda d: d.replace(tzinfo=CHINA))


@given(moments, st.tuples(times, times))
def test_what_waits_for_the_morning_goes_out_as_soon_as_it_may_and_within_a_day(
    now: datetime, quiet: tuple[time, time]
) -> None:
    at = sendable_at(now, quiet)
    assert now <= at < now + timedelta(days=1)
    assert not is_quiet(at.astimezone(CHINA).time(), quiet)
    if at > now:
        assert is_quiet(now.time(), quiet)


@pytest.mark.parametrize(
    ("clock", "opens"),
    [
        ("20:59", "20:59"),
        ("21:00", "08:00"),
        ("23:30", "08:00"),
        ("03:00", "08:00"),
        ("07:59", "08:00"),
        ("08:00", "08:00"),
    ],
)
def test_quiet_hours_hold_over_midnight(clock: str, opens: str) -> None:
    now = datetime.fromisoformat(f"2026-09-10T{clock}:00").replace(tzinfo=CHINA)
    assert sendable_at(now, SmsConfig().quiet).astimezone(CHINA).strftime("%H:%M") == opens


def test_the_same_time_twice_means_no_quiet_hours() -> None:
    assert not is_quiet(time(3), (time(0), time(0)))


def test_pauses_grow_and_end_at_an_hour() -> None:
    pauses = [pause(n).total_seconds() / 60 for n in range(1, 10)]
    assert pauses == [1, 2, 4, 8, 16, 30, 60, 60, 60]


parameters = st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), min_size=1).filter(
    lambda p: "Signature" not in p
)


@given(parameters, st.text(min_size=1, max_size=10))
def test_a_request_holds_as_it_was_signed_and_no_other_way(sent: dict[str, str], secret: str) -> None:
    signed = {**sent, "Signature": sign_request(sent, secret)}
    assert request_holds(signed, secret)
    assert not request_holds(signed, secret + "x")
    name = next(iter(sent))
    assert not request_holds({**signed, name: sent[name] + "x"}, secret)
    assert not request_holds(sent, secret)


@given(
    st.lists(st.text(max_size=10), min_size=1, max_size=6),
    st.lists(st.text(max_size=10), min_size=1, max_size=6),
)
def test_two_receipts_share_a_signature_only_when_they_are_the_same(one: list[str], other: list[str]) -> None:
    same = [_read(line) for line in one] == [_read(line) for line in other]
    assert lines_hold(other, sign_lines(one, "s"), "s") == same


def _read(line: str) -> str:
    """As a form gives it."""
    return line.replace("\r\n", "\n").strip()


README = (Path(__file__).parents[3] / "plugins" / "sms_notice" / "README.md").read_text()


def test_the_readme_names_every_setting_and_every_notice() -> None:
    settings = {field.name for field in msgspec.structs.fields(SmsConfig)}
    assert settings == set(
        re.findall(r"`([a-z_]+)`", README.split("## Settings")[1].split("Secrets stand")[0])
    ) - {"tenant"}
    assert [notice.label for notice in NOTICES.values() if f"| {notice.label} |" not in README] == []


def test_the_readme_names_the_steps_that_cause_a_notice() -> None:
    steps = {action for notice in NOTICES.values() for action, _ in notice.steps}
    told_otherwise = {"posted_by_round", "conclude_review"}
    assert {step for step in steps - told_otherwise if f"`{step}`" not in README} == set()
