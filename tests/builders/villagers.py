"""Villagers with phones: they come in by a code, open an application and hand it in over the API.

me = await villager(bureau, "13900001234")
case = await handed_in(me, ("马德福", OWN, "本人"))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.builders import phones
from tests.builders.casework import Bureau
from tests.builders.installation import VILLAGE
from tests.integration.web.browsing import Browser

PHONE, OTHER_PHONE = "13900001234", "13900005678"
OWN, WIFE = "620802195001010011", "620802195202020021"


@dataclass
class Villager:
    """Somebody with a phone and a session that the phone got them."""

    bureau: Bureau
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    async def post(self, path: str, body: Any) -> Any:
        return await self.bureau.house.client.post(self.bureau.url(path), json=body, headers=self.headers)

    async def get(self, path: str) -> Any:
        return await self.bureau.house.client.get(self.bureau.url(path), headers=self.headers)

    @property
    def browser(self) -> Browser:
        made = Browser(self.bureau.house, self.bureau.district)
        made._token = self.token
        return made


async def villager(bureau: Bureau, phone: str) -> Villager:
    client = bureau.house.client
    assert (await client.post(bureau.url("/apply/code"), json={"phone": phone})).status_code == 204
    sent = {"phone": phone, "code": await phones.code_on(bureau.house, phone)}
    answer = await client.post(bureau.url("/apply/enter"), json=sent)
    client.cookies.clear()
    assert answer.status_code == 200, answer.text
    return Villager(bureau, answer.json()["token"])


def opening(*people: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    members = [{"name": name, "id_number": number, "relation": relation} for name, number, relation in people]
    return {"area_code": VILLAGE, "members": members, "group_name": "三组", **more}


COUPLE = (("马德福", OWN, "本人"), ("李秀英", WIFE, "配偶"))


async def handed_in(somebody: Villager, *people: tuple[str, str, str], **more: Any) -> str:
    """The id of the case somebody opened and handed in."""
    opened = await somebody.post("/cases", opening(*people, **{"area_code": somebody.bureau.village, **more}))
    assert opened.status_code == 201, opened.text
    case = opened.json()["process_id"]
    sent = await somebody.post(f"/cases/{case}/actions/submit", await submission(somebody, case, **more))
    assert sent.status_code == 200, sent.text
    return str(case)


async def submission(somebody: Villager, case: str, **more: Any) -> dict[str, Any]:
    members = (await somebody.get(f"/cases/{case}/members")).json()
    form: dict[str, Any] = {
        "facts": {"members": [
            {"person_id": m["person_id"], "name": m["name"], "relation": m["relation"], "birth_date": "1950-01-01"}
            for m in members]},
        "pledge": True, "reason": "年老多病，没有收入",
        "authorisations": [{"person_id": m["person_id"], "signed_on": "2026-09-07"} for m in members],
    }  # fmt: skip
    if more.get("for_other"):
        form["mandate"] = {
            "helper": "赵会计", "kind": "village_cadre", "relation": "村会计", "papers": [somebody.bureau.photo],
        }  # fmt: skip
    return {"expected_version": 1, "form": form}
