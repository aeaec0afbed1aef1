"""Forms no page of ours would send: forged names, shapes, numbers and encodings. Refused or understood, never a crash."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from core.web.csrf import token_for
from core.web.guards import may
from core.web.visit import COOKIE, Needs
from tests.api.contract import described, handlers, plain
from tests.api.prepared import Prepared
from tests.api.test_bad_pages import page
from tests.builders.installation import Somebody

ZHUNBAO, _ = described()

FORGED: dict[str, str] = {
    "nothing": "",
    "a version that is no number": "_version=%C2%B2&reason=x",
    "a version without end": "_version=" + "9" * 5000,
    "a negative version": "_version=-1",
    "control characters in its own fields": "_key=%00&_version=%00&_request=%00&_next=%00&_way=%00&_ticket=%00&_page=%00",
    "numbers of no script of ours": "_page=%C2%B2&_remove=members-%C2%B2&_version=%D9%A3&members-0-name=x",
    "adding to nothing": "_add=&_remove=",
    "adding to what is a text": "reason=x&_add=reason-a-b&_remove=reason-0",
    "adding deep down": "_add=" + "a-" * 300 + "a",
    "removing what is not there": "_remove=members-999999999999999999999",
    "a text where rows belong": "members=x&facts=x&results=x&calendar=x&present=x&relatives=x&items=x&cases=x",
    "a text where a row belongs": "members-0=x&facts-income-0=x&facts-members-0=x&authorisations-0=x&relatives-0=x",
    "rows where a text belongs": "reason-0=x&notes-0-a=x&purpose-0=x&username-0=x&password-0=x&role-0=x&text-0=x&choice-0=x",
    "a group where a text belongs": "reason-a=x&notes-a=x&purpose-a=x&username-a=x&text-a=x&choice-a=x&account_id-a=x",
    "a text and a group": "facts=x&facts-members=y",
    "a group and a text": "facts-members=y&facts=x",
    "everything twice": "reason=a&reason=b&purpose=a&purpose=b&username=a&username=b&choice=agree&choice=abstain&text=a&text=b",
    "too deep": "-".join("a" * 40) + "=x",
    "no name": "=x&-=x&.=x&[]=x&[0]=x",
    "no UTF-8": "reason=%ff%fe&username=%ff&purpose=%c3%28",
    "NUL in a name": "reason%00=x&%00=y",
    "NUL in a value": "reason=%00&purpose=%00%00%00%00&username=%00&name=%00&text=%00&phone=%00&password=%00",
    "half a pair": "reason=%ed%a0%80",
    "a thousand rows": "&".join(f"members-{n}-name=x" for n in range(1000)),
    "a file that is none": "photos=not-a-hash&papers=../../etc/passwd&minutes=%00",
    "draft": "_draft=1&facts=x&reason=%00",
    "confirmed": "_confirmed=1&_version=0",
    "next": "_next=1&_page=999&reason=x",
    "back": "_prev=1&_page=-1&reason=x",
    "choices": "step=__class__&_way=nonsense&choice=%00&role=%00&area_code=%00",
}  # fmt: skip


def page_actions() -> list[tuple[str, Any]]:
    return [
        (plain(path), handler.opt["access"])
        for path, method, handler in handlers(ZHUNBAO.litestar)
        if method == "POST" and not path.startswith("/d/{district:str}/api")
    ]


def let_in(prepared: Prepared, access: Any) -> Somebody:
    services = prepared.house.zhunbao.litestar.state.services
    if not isinstance(access, Needs):
        return prepared.bureau.staff["township_clerk"]
    people = [who for who in prepared.people.values() if who is not None]
    return next(who for who in people if may(services, who.actor, access.object, access.action))


async def addresses(prepared: Prepared, path: str, who: Somebody) -> list[str]:
    """The path with real ids; for steps, one for each that is open to the person."""
    ids = {name: values[0] for name, values in prepared.ids(path).items() if values}
    if "/do/" not in path:
        return [path.format(**{"name": "women_panel", **ids})]
    kind, found = ("round" if "/rounds/" in path else "case"), []
    for process in (*prepared.cases.values(), prepared.round.round):
        answer = await prepared.bureau.get(who, process.path)
        if process.kind == kind and answer.status_code == 200:
            steps = [a["name"] for a in answer.json()["actions"] if a["open"]]
            found += [
                path.format(district=ids["district"], process_id=process.id, name=name) for name in steps
            ]
    return found


async def post(prepared: Prepared, who: Somebody, path: str, body: str | bytes, kind: str) -> httpx.Response:
    headers = {
        "cookie": f"{COOKIE}={who.token}", "x-csrf-token": token_for(who.token), "sec-fetch-site": "same-origin",
        **({"content-type": kind} if kind else {}),
    }  # fmt: skip
    answer = await prepared.house.client.post(path, content=body, headers=headers)
    prepared.house.client.cookies.clear()
    return answer


@pytest.mark.parametrize(("path", "access"), page_actions(), ids=lambda v: v if isinstance(v, str) else "")
async def test_a_forged_form_never_breaks_a_page(prepared: Prepared, path: str, access: Any) -> None:
    wrong: list[str] = []
    if path.endswith("/sign-out"):
        return
    who = let_in(prepared, access)
    for address in (await addresses(prepared, path, who))[::2]:
        for what, body in FORGED.items():
            answer = await post(prepared, who, address, body, "application/x-www-form-urlencoded")
            if answer.status_code >= 500:
                wrong.append(f"{address}: {what}: {answer.status_code}")
    assert wrong == []


BODIES: list[tuple[str, bytes, str]] = [
    ("JSON", b'{"reason": "x"}', "application/json"),
    ("no kind", b"reason=x", ""),
    ("unknown kind", b"reason=x", "nonsense"),
    ("no boundary", b"reason=x", "multipart/form-data"),
    ("wrong boundary", b"--a\r\n\r\n", "multipart/form-data; boundary=b"),
    ("cut off", b'--b\r\nContent-Disposition: form-data; name="reason"\r\n\r\nx', "multipart/form-data; boundary=b"),
    ("no name", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
    ("a text as file", b'--b\r\nContent-Disposition: form-data; name="reason"; filename="a"\r\n\r\nx\r\n--b--\r\n',
     "multipart/form-data; boundary=b"),
    (
        "no text",
        b'--b\r\nContent-Disposition: form-data; name="reason"\r\n\r\n\xff\xfe\r\n--b--\r\n',
        "multipart/form-data; boundary=b",
    ),
    ("odd charset", "reason=é".encode("utf-16"), "application/x-www-form-urlencoded; charset=utf-16"),
    ("unknown charset", b"reason=x", "application/x-www-form-urlencoded; charset=klingon"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "body", "kind"), BODIES, ids=[b[0] for b in BODIES])
async def test_a_body_of_another_kind_never_breaks_a_page(
    prepared: Prepared, what: str, body: bytes, kind: str
) -> None:
    wrong: list[str] = []
    for path, access in page_actions():
        if not path.endswith("/sign-out"):
            who = let_in(prepared, access)
            for address in (await addresses(prepared, path, who))[:2]:
                answer = await post(prepared, who, address, body, kind)
                if answer.status_code >= 500:
                    wrong.append(f"{address}: {answer.status_code}")
    assert wrong == [], what


ODD_DRAFTS: list[Any] = [
    {"facts": "x"}, {"facts": []}, {"facts": {"members": "x", "income": {"0": {}}, "assets": []}}, {"facts": {"members": [1, None, "x"]}},
    {"authorisations": "x", "reason": {"a": 1}, "pledge": [], "papers": {"a": "b"}}, {"authorisations": [[]], "papers": "x"},
    {"facts": {"land": [{"mu": {}, "use": [], "provenance": "x"}]}}, {"reason": "\x00"}, {"nonsense": 1},
]  # fmt: skip


@pytest.mark.parametrize("content", ODD_DRAFTS, ids=str)
async def test_a_form_opens_whatever_its_draft_holds(prepared: Prepared, content: Any) -> None:
    case, who = prepared.cases["draft"], prepared.bureau.staff["township_clerk"]
    await prepared.bureau.do("township_clerk", case, "save_draft", {"content": content})
    assert (await page(prepared, who, f"{case.path}/do/submit")).status_code == 200


@pytest.mark.parametrize(
    "odd", ["%00", "%ff", quote("../.."), "²", "a" * 3000, "%F0%9F%92%A9", "0" * 32, "{}", "%0d%0aX:y"]
)
async def test_odd_addresses_lead_nowhere_and_break_nothing(prepared: Prepared, odd: str) -> None:
    who, wrong = prepared.bureau.staff["district_officer"], []
    for path, method, _ in handlers(ZHUNBAO.litestar):
        address = plain(path).replace("{district}", prepared.district.code)
        if method != "GET" or "{" not in address:
            continue
        ids = {name: values[0] for name, values in prepared.ids(path).items() if values}
        for name in [n for n in ("name", *ids) if f"{{{n}}}" in address]:
            made = address.replace(f"{{{name}}}", odd)
            for other, value in {"name": "accept", **ids}.items():
                made = made.replace(f"{{{other}}}", value)
            answer = await prepared.house.client.get(made, headers=who.headers)
            if answer.status_code >= 500:
                wrong.append(f"{made}: {answer.status_code}")
    assert wrong == []


ODD_QUERIES = [
    "page=%C2%B2", "page=-1", "page=99999999999999999999", "tab=%00&state=%00&q=%00&mark=%00", "area=6&under=6&month=0000-00", "month=%00",
    "round=x&kind=%00", "done=%00&next=%00&way=%00&number=%00", "q=" + "a" * 5000, "q=%ff", "=&&==", "page=1&page=2&tab=a&tab=b",
    "q[0][1]=x&q-a=y&tab-0=z", "&".join(f"a{n}=1" for n in range(3000)), "area=99&round=00000000-0000-0000-0000-000000000000", "rows=%C2%B2&requests=1",
]  # fmt: skip


@pytest.mark.parametrize("query", ODD_QUERIES, ids=lambda q: q[:40])
async def test_odd_queries_break_nothing(prepared: Prepared, query: str) -> None:
    officer, admin, wrong = (
        prepared.bureau.staff["district_officer"],
        prepared.administrators["system_admin"],
        [],
    )
    for path, method, handler in handlers(ZHUNBAO.litestar):
        if method != "GET":
            continue
        ids = {"name": "accept", **{name: values[0] for name, values in prepared.ids(path).items() if values}}
        access = handler.opt["access"]
        who = (
            let_in(prepared, access) if isinstance(access, Needs) else admin if "/admin" in path else officer
        )
        address = f"{plain(path).format(**ids)}?{query}"
        answer = await prepared.house.client.get(address, headers=who.headers)
        if answer.status_code >= 500:
            wrong.append(f"{address[:90]}: {answer.status_code}")
    assert wrong == []
