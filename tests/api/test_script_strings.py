"""Scripts typed into every field are shown as text wherever they come up again: pages, printed sheets, notices, messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from core.complaints.forms import CodeForm, PublicComplaintForm, PublicObjectionForm, RatingForm
from core.settings import Keyring
from core.storage.embedded import Urls
from core.web.api.applying import PhoneProofForm, ReceiptCodeForm
from core.web.api.session import PhoneForm, SignInForm
from core.web.middleware import POLICY
from core.web.visit import COOKIE, Public
from tests.api import markup
from tests.api.contract import described, handlers, plain
from tests.api.prepared import BEGIN, Prepared, a_prepared_district, deliver_events
from tests.api.script_strings import LONG, NAME, RUNS, SHOWN, TEXTS, TYPST, Scripting
from tests.builders.casework import Bureau, start_on
from tests.builders.installation import House, an_installation

MUST_SHOW = (
    "/cases/{process_id}", "/cases/{process_id}/decision", "/rounds/{process_id}", "/my", "/my/{process_id}", "/work", "/cases",
    "/p/postings", "/p/postings/{token}", "/postings/{token}/notice", "/cases/{process_id}/do/{name}", "/cases/{process_id}/private",
    "/admin/accounts", "/admin/accounts/{account_id}", "/admin/audit", "/overview/households",
    "/complaints/{complaint_id}", "/publicity/{area_code}", "/publicity/{area_code}/sign-in", "/postings/{token}",
    "/x/women_panel/sessions/{session_id}", "/x/women_panel/sessions/{session_id}/cases/{case_id}",
    "/x/women_panel/sessions/{session_id}/minutes", "/x/sms_notice/wordings", "/x/sms_notice/wordings/{notice}",
    "/x/big_data_check", "/x/big_data_check/cases/{case_id}",
)  # fmt: skip
"""Pages that must have met a script at all, or this test would prove nothing."""


@pytest.fixture(scope="module")
async def prepared(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Prepared]:
    folder = tmp_path_factory.mktemp("installation")
    start_on(folder, BEGIN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(House, "person", _scripted(House.person))
        async with an_installation(database_urls, folder, keys) as house:
            made = await a_prepared_district(house, office=Scripting.of, mark=NAME)
            await _say_more(made)
            yield made


def _scripted(person: Any) -> Any:
    async def named(self: House, *args: Any, name: str = "", **more: Any) -> Any:
        return await person(self, *args, name=f"{name or args[1]}{NAME}", **more)

    return named


async def _say_more(prepared: Prepared) -> None:
    """Steps beside the straight way, in which people write a lot; then what was posted hangs."""
    bureau, cases = prepared.bureau, prepared.cases
    photos = {"photos": [bureau.photo]}
    await bureau.do("village_clerk", cases["posted"], "start_posting", photos)
    await bureau.do(
        "village_clerk", cases["posted"], "record_objection", {"channel": "phone", "content": "反映情况"}
    )
    await bureau.do(
        "district_officer",
        cases["reported"],
        "register_complaint",
        {"channel": "phone", "content": "反映情况"},
    )
    await bureau.do("township_clerk", cases["submitted"], "request_supplement", {"items": ["户口簿"]})
    async with prepared.house.inside(prepared.district) as tx:
        prepared.postings = [
            r["token"] for r in await tx.fetch("SELECT token FROM posting ORDER BY starts_on DESC LIMIT 4")
        ]
    told = {"households": [{"group_name": LONG[:30], "head": NAME}]}
    assert (
        await bureau.post("village_clerk", f"/publicity/{bureau.village}/households", told)
    ).status_code == 200
    look = {"purpose": f"核对{LONG[:150]}"}
    assert (await bureau.post("township_clerk", f"{cases['reported'].path}/private", look)).status_code == 200
    wording = {"text": f"{{姓名}}{LONG[:60]}{{电话}}"}
    assert any([await _worded(bureau, who, wording) for who in prepared.people.values() if who])
    await deliver_events(bureau)


async def _worded(bureau: Bureau, who: Any, wording: dict[str, str]) -> bool:
    answers = [await bureau.post(who, f"/x/sms_notice/wordings/{n}", wording) for n in ("accepted", "visit")]
    return all(answer.status_code == 200 for answer in answers)


class _Known(dict[str, str]):
    """Real values; of what a district has none, an id that leads nowhere."""

    def __missing__(self, name: str) -> str:
        return str(UUID(int=7))


def pages(prepared: Prepared) -> Iterator[tuple[str, str]]:
    """(path as declared, address with real ids) of every page that is read."""
    for path, method, _ in handlers(prepared.house.zhunbao.litestar):
        if method != "GET" or "/api" in path or "{name" in path or path.endswith((".pdf", ".svg")):
            continue
        ids = {name: values for name, values in prepared.ids(path).items() if values}
        wanted = [name for name in ids if f"{{{name}:" in path and name != "district"]
        for n in range(max((len(ids[name]) for name in wanted), default=1)):
            chosen = {name: values[n % len(values)] for name, values in ids.items()}
            yield plain(path).removeprefix("/d/{district}"), plain(path).format_map(_Known(chosen))


async def get(prepared: Prepared, who: Any, address: str) -> httpx.Response:
    headers = {"cookie": f"{COOKIE}={who.token}"} if who else {}
    return await prepared.house.client.get(address, headers=headers)


def inspect(answer: httpx.Response, address: str) -> list[str]:
    wrong = [f"{address}: {text}" for text in RUNS if text in answer.text]
    page = markup.read(answer.text)
    wrong += [f"{address}: {found}" for found in markup.script_of(page)]
    return wrong + [f"{address}: <{e.tag}>" for e in page.all("img") if e.attributes.get("src") == "x"]


async def test_scripts_are_shown_as_text_on_every_page(prepared: Prepared) -> None:
    met: set[str] = set()
    wrong: list[str] = []
    for path, address in pages(prepared):
        seen = 0
        for who in prepared.people.values():
            answer = await get(prepared, who, address)
            if answer.status_code != 200:
                continue
            seen += 1
            wrong += inspect(answer, address)
            if any(text in answer.text for text in SHOWN):
                met.add(path)
            if seen == 2:
                break
    assert wrong == []
    assert sorted(set(MUST_SHOW) - {"/cases/{process_id}/do/{name}"} - met) == []


async def test_scripts_are_shown_as_text_on_the_forms_of_steps(prepared: Prepared) -> None:
    met, wrong = 0, list[str]()
    for who in filter(None, prepared.people.values()):
        for process in (*prepared.cases.values(), prepared.round.round):
            answer = await prepared.bureau.get(who, process.path)
            for action in answer.json()["actions"] if answer.status_code == 200 else ():
                if action["open"]:
                    page = await get(prepared, who, f"{prepared.base}{process.path}/do/{action['name']}")
                    assert page.status_code == 200
                    wrong += inspect(page, f"{process.path}/do/{action['name']}")
                    met += any(text in page.text for text in SHOWN)
    assert wrong == []
    assert met > 20


PUBLIC_FORMS: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "/p/complaints/new": (PublicComplaintForm,),
    "/p/postings/{token}/object": (PublicObjectionForm,),
    "/p/complaints/status": (CodeForm,),
    "/p/complaints/rating": (RatingForm,),
    "/sign-in": (SignInForm,),
    "/apply/code": (PhoneForm,),
    "/apply/enter": (PhoneProofForm,),
    "/s": (ReceiptCodeForm,),
    "/display": (),
}
"""Every form a page offers without sign-in, and what is typed into it; the next test finds one that is missing."""

OWN = ("_page", "_next", "_key", "_token", "_answer", "_ticket", "_way", "_edit", "_back", "_language")
PUBLIC_FIELDS = sorted(
    {field for forms in PUBLIC_FORMS.values() for form in forms for field in form.__struct_fields__}
)


def test_every_public_form_and_each_of_its_fields_meets_the_scripts() -> None:
    """As the application's routes have them: pages' forms, and the bodies of the API beside them."""
    public = [
        (plain(path).removeprefix("/d/{district}"), handler)
        for path, method, handler in handlers(described()[0].litestar)
        if method == "POST" and isinstance(handler.opt.get("access"), Public)
    ]
    assert {path for path, _ in public if not path.startswith("/api")} == set(PUBLIC_FORMS)
    bodies = [
        h.opt["body"]
        for path, h in public
        if path.startswith("/api/") and not path.startswith("/api/x/") and "body" in h.opt
    ]
    assert len(bodies) >= 5
    assert {field for body in bodies for field in body.__struct_fields__} - set(PUBLIC_FIELDS) == set()


@pytest.mark.parametrize("field", PUBLIC_FIELDS)
async def test_scripts_typed_into_public_forms_come_back_as_text(prepared: Prepared, field: str) -> None:
    """Whatever page of the walk they were typed on, also where no script can stand."""
    client, token = prepared.house.client, prepared.postings[0]
    good = {
        "about": "household",
        "area_code": prepared.bureau.village,
        "content": "反映情况",
        "where": "village",
    }
    for path, forms in PUBLIC_FORMS.items():
        if not any(field in form.__struct_fields__ for form in forms):
            continue
        known = {
            name: value
            for name, value in good.items()
            if any(name in form.__struct_fields__ for form in forms)
        }
        for text in (*TEXTS, TYPST):
            for page in ("0", "3", "6"):
                sent = {**dict.fromkeys(OWN, text), **known, field: text, "_page": page}
                if path == "/sign-in":
                    sent["_way"] = ("password", "phone", "totp")[int(page) // 3]
                answer = await client.post(f"{prepared.base}{path.format(token=token)}", data=sent)
                client.cookies.clear()
                assert answer.status_code < 500
                assert inspect(answer, f"{path} {field}") == []


@pytest.mark.parametrize("name", ["next", "way", "out", "area", "q", "page", "lang"])
async def test_scripts_in_the_address_of_a_public_page_come_back_as_text(
    prepared: Prepared, name: str
) -> None:
    token = prepared.postings[0]
    for path in (
        "/",
        "/sign-in",
        "/p/policy",
        "/p/postings",
        f"/p/postings/{token}",
        "/p/complaints",
        "/accessibility",
        "/apply",
        "/s",
    ):
        for text in TEXTS:
            answer = await prepared.house.client.get(f"{prepared.base}{path}", params={name: text})
            assert answer.status_code < 500
            assert inspect(answer, f"{path}?{name}") == []


async def test_papers_print_whatever_a_name_holds(prepared: Prepared) -> None:
    printed = 0
    for case in prepared.cases.values():
        shown = await get(prepared, prepared.bureau.staff["district_officer"], f"{prepared.base}{case.path}")
        links = [a.attributes.get("href", "") for a in markup.read(shown.text).all("a")]
        for link in dict.fromkeys(link for link in links if "/papers/" in link):
            paper = await get(prepared, prepared.bureau.staff["district_officer"], link)
            assert paper.status_code == 200, link
            assert paper.content.startswith(b"%PDF-")
            printed += 1
    assert printed > 3
    notice = await get(
        prepared,
        prepared.bureau.staff["district_officer"],
        f"{prepared.base}/postings/{prepared.postings[0]}/notice.pdf",
    )
    assert notice.content.startswith(b"%PDF-")


async def test_the_api_gives_scripts_back_as_they_were_and_marks_them_as_data(prepared: Prepared) -> None:
    answer = await prepared.bureau.get("district_officer", prepared.cases["active"].path)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert NAME in answer.json()["title"]


async def test_every_answer_carries_the_policy_that_stops_scripts(prepared: Prepared) -> None:
    officer = prepared.bureau.staff["district_officer"]
    addresses = [address for _, address in pages(prepared)]
    odd = [
        "/nowhere",
        "/d/nowhere/work",
        f"{prepared.base}/api/nowhere",
        f"{prepared.base}/api/me",
        "/schema",
        "/healthz",
        "/static/nothing.js",
    ]
    for address in (*dict.fromkeys(addresses), *odd):
        for who in (officer, None):
            answer = await get(prepared, who, address)
            assert answer.headers["content-security-policy"] == POLICY, address
            assert answer.headers["x-content-type-options"] == "nosniff", address
    refused = await prepared.house.client.post(
        f"{prepared.base}/cases/new", headers={"origin": "http://evil.example"}
    )
    assert refused.headers["content-security-policy"] == POLICY
    assert not {"unsafe-inline", "unsafe-eval", "*"} & set(POLICY.replace("'", "").split())


@pytest.mark.parametrize(
    "next_",
    [
        "javascript:alert(1)",
        "//evil.example",
        "https://evil.example/",
        "/d/620802/\\evil",
        "/d/620802//evil.example",
        '"><script>alert(1)</script>',
    ],
)
async def test_a_way_back_never_leads_out(prepared: Prepared, next_: str) -> None:
    shown = await prepared.house.client.get(f"{prepared.base}/sign-in", params={"next": next_})
    assert inspect(shown, next_) == []
    assert all(
        c.value == "" for c in markup.controls(markup.main_form(markup.read(shown.text))) if c.name == "_next"
    )
    back = await prepared.house.client.post(f"{prepared.base}/display", data={"_large": "1", "_back": next_})
    prepared.house.client.cookies.clear()
    assert back.headers["location"].startswith("/")
    assert not back.headers["location"].startswith(("//", "/\\"))
