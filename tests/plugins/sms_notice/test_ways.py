"""Which way a notice takes: the district's order, fall-over, circuits, e-mail, the platform itself, a vendor's class."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sdk import TextMessage
from core.sdk.channels import ChannelSetting
from plugins.sms_notice import circuits, people, sending, store, ways
from plugins.sms_notice.config import SmsConfig
from plugins.sms_notice.events import index_of
from plugins.sms_notice.mail import Mail
from plugins.sms_notice.routing import Addressee, Way, choose
from plugins.sms_notice.store import Message
from tests.plugins.sms_notice.scene import PHONE, Scene
from tests.plugins.sms_notice.smtp_server import a_mail_server

pytestmark = pytest.mark.anyio

GUIDE = Path(__file__).parents[3] / "plugins" / "sms_notice" / "CHANNELS.md"
NOW = datetime(2026, 9, 7, 2, tzinfo=UTC)
WAYS = (
    Way("a", "phone", True),
    Way("b", "phone", True),
    Way("mail", "mail", False),
    Way("app", "person", False),
)

addressees = st.builds(
    Addressee,
    st.frozensets(st.sampled_from(["phone", "mail", "person"])),
    st.booleans(),
    st.integers(1, 3),
)
shut_ones = st.dictionaries(st.sampled_from([way.name for way in WAYS]), st.just(NOW))


@given(
    addressees, shut_ones, st.none() | st.integers(0, 3), st.sets(st.sampled_from(["a", "b", "mail", "app"]))
)
def test_a_way_is_open_reaches_the_person_is_wanted_and_can_be_paid(
    to: Addressee, shut: dict[str, datetime], left: int | None, tried: set[str]
) -> None:
    choice = choose(WAYS, to, shut, left, tried)
    assert bool(choice.way) + bool(choice.reason) + bool(choice.wait_until) == 1
    if choice.way:
        way = next(w for w in WAYS if w.name == choice.way)
        assert way.name not in shut
        assert way.name not in tried
        assert way.reaches in to.has
        assert not (way.reaches == "phone" and to.opted_out)
        assert not way.charged or left is None or to.segments <= left


@pytest.mark.parametrize(
    ("to", "shut", "left", "way"),
    [
        (Addressee(frozenset({"phone"}), False, 1), {}, None, "a"),
        (Addressee(frozenset({"phone"}), False, 1), {"a": NOW}, None, "b"),
        (Addressee(frozenset({"phone", "person"}), True, 1), {}, None, "app"),
        (Addressee(frozenset({"phone", "mail"}), False, 2), {}, 1, "mail"),
    ],
)
def test_the_first_way_that_can_be_taken_is(
    to: Addressee, shut: dict[str, datetime], left: int | None, way: str
) -> None:
    assert choose(WAYS, to, shut, left).way == way


async def sent_with(scene: Scene, message: Message, **settings: Any) -> Message:
    """One try with these settings."""
    context = msgspec.structs.replace(await scene.context(), config=SmsConfig(**settings))
    await sending.send(context, {"message": str(message.id)})
    return await scene.only()


async def with_account(scene: Scene, message: Message) -> str:
    """The applicant can sign in; their session's token."""
    person = await scene.house.person(
        scene.district, "applicant", "620802001001", person_id=message.person_id
    )
    return person.token


async def test_what_the_gateway_refuses_goes_to_the_account_of_the_person(scene: Scene) -> None:
    message = await scene.one_queued()
    await with_account(scene, message)
    scene.gateway.faults(refuse=[PHONE])
    told = await sent_with(scene, message)
    assert (told.state, told.channel, told.reserved) == ("delivered", "in_app", None)


async def test_what_may_have_been_taken_goes_nowhere_else(scene: Scene) -> None:
    message = await scene.one_queued()
    await with_account(scene, message)
    scene.gateway.faults(lose=1)
    left = await sent_with(scene, message)
    assert (left.state, left.channel) == ("sending", "http_gateway")
    assert left.reserved is not None, "it may have cost something"
    await scene.minute(minutes=1.1)
    assert ((await scene.only()).state, (await scene.only()).channel) == ("sent", "http_gateway")
    assert [m["times"] for m in scene.gateway.messages()] == [2], "the same key twice is one message"


async def test_a_gateway_that_is_down_meanwhile_leaves_in_doubt_what_it_may_have_taken(scene: Scene) -> None:
    """Its being down says nothing of the first try: another way would tell the person twice."""
    message = await scene.one_queued()
    await with_account(scene, message)
    scene.gateway.faults(lose=1)
    await sent_with(scene, message)
    scene.gateway.faults(down=True)
    await scene.minute(minutes=1.1)
    left = await scene.only()
    assert (left.state, left.channel, left.reserved is not None) == ("sending", "http_gateway", True)
    scene.gateway.faults()
    await scene.minute(minutes=3)
    assert ((await scene.only()).state, (await scene.only()).channel) == ("sent", "http_gateway")
    assert [m["times"] for m in scene.gateway.messages()] == [2]


async def test_who_wants_no_texts_still_finds_the_notice_in_their_account(scene: Scene) -> None:
    context, case = await scene.context(), await scene.accepted()
    applicant = UUID(case.people[case.facts.applicant.name])
    await scene.house.person(scene.district, "applicant", "620802001001", person_id=applicant)
    async with scene.house.inside(scene.district) as tx:
        await store.opt_out(tx, index_of(context.platform, PHONE), "household", context.now)
    await scene.deliver(await scene.last_event(case))
    await scene.send(await scene.only())
    told = await scene.only()
    assert (told.state, told.channel) == ("delivered", "in_app")
    assert scene.gateway.messages() == []


async def test_without_a_phone_the_notice_stands_in_the_account(scene: Scene) -> None:
    case = await scene.accepted(phone="")
    applicant = UUID(case.people[case.facts.applicant.name])
    await scene.house.person(scene.district, "applicant", "620802001001", person_id=applicant)
    await scene.deliver(await scene.last_event(case))
    await scene.send(await scene.only())
    assert ((await scene.only()).state, (await scene.only()).channel) == ("delivered", "in_app")


async def test_by_mail_where_a_person_gave_an_address(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    message, platform = await scene.one_queued(), (await scene.context()).platform
    async with scene.house.inside(scene.district) as tx:
        await tx.execute(
            """INSERT INTO sms_notice_mail (tenant_id, person_id, address, since, confirmed_at)
               VALUES ($1, $2, $3, $4, $4)""",
            *(tx.tenant, message.person_id),
            *(people.seal_address(platform, message.person_id, "xiuying@example.com"), message.created_at),
        )
    async with a_mail_server() as server:
        monkeypatch.setenv("ZHUNBAO_SMS_NOTICE_MAIL_URL", server.url)
        monkeypatch.setenv("ZHUNBAO_SMS_NOTICE_MAIL_FROM", "minzheng@example.gov.cn")
        told = await sent_with(scene, message, channels=("mail", "http_gateway"))
        assert (told.state, told.channel) == ("sent", "mail"), "a server took it: nobody says that it arrived"
        [letter] = server.letters
    assert letter["To"] == "xiuying@example.com"
    assert letter["Message-ID"] == f"<{message.key}@example.gov.cn>"
    assert "已受理" in letter.get_content()  # type: ignore[attr-defined]
    assert scene.gateway.messages() == []


@pytest.mark.parametrize(
    ("fault", "state"), [({"refuses": {"x@example.com"}}, "refused"), ({"busy": True}, "unreachable"), ({"breaks": True}, "doubtful")]
)  # fmt: skip
async def test_what_a_mail_server_says_is_told_apart(fault: dict[str, Any], state: str) -> None:
    async with a_mail_server() as server:
        for name, value in fault.items():
            setattr(server, name, value)
        mail = Mail(server.url, "a@example.gov.cn", "", "", "民政", "Mon, 7 Sep 2026 10:00:00 +0800")
        sent = await mail.send(TextMessage("k-0", "", "您好", mail="x@example.com"))
    assert sent.state == state
    gone = await mail.send(TextMessage("k-0", "", "您好", mail="x@example.com"))
    assert gone.state == "unreachable"


@pytest.mark.parametrize(
    ("url", "taken"),
    [("smtp://mail.example.com:25", False), ("smtps://mail.example.com:465", True), ("smtps://u:p@mail.example.com", False)],
)  # fmt: skip
def test_letters_travel_only_encrypted(url: str, taken: bool) -> None:
    known = {"mail_url": url, "mail_from": "a@example.gov.cn"}
    setting = ChannelSetting(lambda name: known.get(name, ""), "民政", "620802", NOW)
    assert (Mail.made(setting) is not None) == taken


async def test_a_channel_that_fails_five_times_is_left_alone_and_tried_again_later(scene: Scene) -> None:
    scene.gateway.faults(down=True)
    for number in range(circuits.FAILURES):
        case = await scene.accepted(f"1390000000{number}")
        await scene.deliver(await scene.last_event(case))
    for message in await scene.outbox():
        await scene.send(message)
    now = (await scene.context()).now
    async with scene.house.inside(scene.district) as tx:
        assert set(await circuits.shut(tx, now)) == {"http_gateway"}
    case = await scene.accepted("13900000009")
    await scene.deliver(await scene.last_event(case))
    await scene.send((await scene.outbox())[-1])
    waiting = (await scene.outbox())[-1]
    assert (waiting.state, waiting.detail, waiting.attempts) == ("queued", "channel_shut", 0)
    scene.gateway.faults()
    await scene.minute(minutes=2.5)
    await scene.minute(minutes=1.1)  # what another batch had found while one tried
    assert {m.state for m in await scene.outbox()} == {"sent"}
    async with scene.house.inside(scene.district) as tx:
        assert await circuits.all_of(tx) == []


@pytest.fixture
def a_vendor(tmp_path: Path) -> Iterator[None]:
    """The guide's example as a distribution that is installed."""
    example = re.search(r"```python\n(.*?)```", GUIDE.read_text(), re.S)
    point = re.search(r"```toml\n(.*?)```", GUIDE.read_text(), re.S)
    assert example is not None
    assert point is not None
    (tmp_path / "example_sms.py").write_text(example[1])
    info = tmp_path / "example_sms-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: example-sms\nVersion: 1.0\n")
    [(name, target)] = re.findall(r'^(\w+) = "(.+)"$', point[1], re.M)
    points = (
        f"[zhunbao.notice_channels]\n{name} = {target}\nkannel = {target}\nbroken = example_sms:Nothing\n"
    )
    (info / "entry_points.txt").write_text(points)
    sys.path.insert(0, str(tmp_path))
    ways.known.cache_clear()
    yield
    sys.path.remove(str(tmp_path))
    sys.modules.pop("example_sms", None)
    ways.known.cache_clear()


async def test_a_vendors_channel_is_one_class_and_an_entry_point(
    scene: Scene, a_vendor: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(ways.known()) == {*ways.OURS, "example"}, (
        "ours stay ours; what cannot be loaded is passed over"
    )
    assert ways.known()["kannel"] is ways.OURS["kannel"]
    monkeypatch.setenv("ZHUNBAO_SMS_NOTICE_EXAMPLE_URL", "https://sms.example.com")
    told = await sent_with(scene, await scene.one_queued(), channels=("example", "http_gateway"))
    assert (told.state, told.channel) == ("sent", "example")
    assert scene.gateway.messages() == []
    assert ways.missing(SmsConfig(channels=("example", "elsewhere"))) == ["elsewhere"]
