"""schemathesis against the composed application: requests as the schema allows (and as it does not), sent by people of
every office and by nobody, at addresses that lead somewhere.

run = Fuzzing(prepared, loop, positive=3, negative=1)
await asyncio.to_thread(run.all)                   # hypothesis is synchronous; the application lives on the loop
assert run.failures == {}
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.web.guards import may
from core.web.visit import Access, Needs
from tests.api.contract import described, handlers, plain
from tests.api.prepared import Prepared

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
LAST = ("/sign-out", "/demo/clock")
"""Ends a session, moves the time for everybody: when all else is done."""

T = TypeVar("T")


@dataclass
class Fuzzing:
    """`answered` counts answers by status for each operation; `failures` are sentences by operation."""

    prepared: Prepared
    loop: asyncio.AbstractEventLoop
    positive: int
    negative: int
    able: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    doors: dict[str, Access] = field(default_factory=dict)
    answered: dict[str, dict[int, int]] = field(default_factory=dict)
    failures: dict[str, list[str]] = field(default_factory=dict)

    def all(self) -> None:
        self._run(self._who_may_act())
        self.doors = {f"{m} {plain(p)}": h.opt["access"] for p, m, h in handlers(described()[0].litestar)}
        schema = schemathesis.openapi.from_dict(described()[1])
        found = [result.ok() for result in schema.get_all_operations()]
        for operation in sorted(found, key=lambda o: (o.path.endswith(LAST), o.label)):
            self._operation(operation, GenerationMode.POSITIVE, self.positive)
            self._operation(operation, GenerationMode.NEGATIVE, self.negative)

    def _operation(self, operation: Any, mode: GenerationMode, examples: int) -> None:
        if not examples or (mode is GenerationMode.NEGATIVE and not _can_be_wrong(operation)):
            return

        @settings(
            max_examples=examples, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
        def send(case: Any, data: st.DataObject) -> None:
            for who, ids in self._senders(operation.label, operation.path, data):
                self._one(case, who, ids)

        send()

    def _senders(self, label: str, path: str, data: st.DataObject) -> Iterator[tuple[str, dict[str, str]]]:
        """Somebody, at a real address or a made-up one; then, for a step, somebody who may take it now."""
        real = {name: values for name, values in self.prepared.ids(path).items() if values}
        ids = {name: data.draw(st.sampled_from(values)) for name, values in real.items()}
        if not data.draw(st.integers(0, 3)):
            ids = {"district": self.prepared.district.code}
        people = sorted(self.prepared.people)
        yield ("spare" if path.endswith("/sign-out") else data.draw(st.sampled_from(people))), ids
        kind, _, action = path.removeprefix("/d/{district}/api/").partition("s/{process_id}/actions/")
        if found := self.able.get((kind, action)):
            who, process = data.draw(st.sampled_from(found))
            yield who, {**ids, "district": self.prepared.district.code, "process_id": process}
        elif not action:
            for person in self._let_in(label):
                yield person, {name: data.draw(st.sampled_from(values)) for name, values in real.items()}

    def _let_in(self, label: str) -> list[str]:
        """Three at most of those the operation's door is open to, from either end of the offices: levels keep things to themselves."""
        needs = self.doors[label]
        if not isinstance(needs, Needs):
            return ["township_clerk", "confirming_officer"]
        services = self.prepared.house.zhunbao.litestar.state.services
        able = [
            name
            for name, who in self.prepared.people.items()
            if who and may(services, who.actor, needs.object, needs.action)
        ]
        return [*able[:-2][:1], *able[-2:]]

    def _one(self, case: Any, who: str, ids: dict[str, str]) -> None:
        case.path_parameters = {
            name: ids.get(name, value) for name, value in (case.path_parameters or {}).items()
        }
        sent = case.as_transport_kwargs(base_url="http://zhunbao.test")
        answer = self._run(self._send(sent, who, ids.get("process_id", "")))
        label = case.operation.label
        by_status = self.answered.setdefault(label, {})
        by_status[answer.status_code] = by_status.get(answer.status_code, 0) + 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except (FailureGroup, AssertionError) as failure:
            told = [str(e)[:1500] for e in getattr(failure, "exceptions", (failure,))]
            self.failures.setdefault(label, []).extend(f"{who}: {text}" for text in told)

    async def _send(self, sent: dict[str, Any], who: str, process: str) -> httpx.Response:
        somebody = self.prepared.spares[0] if who == "spare" else self.prepared.people[who]
        body = sent.get("json")
        if process and isinstance(body, dict) and isinstance(body.get("expected_version"), int):
            sent["json"] = {**body, "expected_version": await self._version(process)}
        request = requests.Request(**{k: v for k, v in sent.items() if k in _REQUEST}).prepare()
        headers = [(k, v) for k, v in request.headers.items() if k.lower() not in ("authorization", "host")]
        if somebody is not None:
            headers.append(("authorization", somebody.headers["authorization"]))
        client = self.prepared.house.client
        answer = await client.request(
            str(request.method), str(request.url), content=request.body, headers=headers
        )
        client.cookies.clear()
        return answer

    async def _version(self, process: str) -> int:
        async with self.prepared.house.inside(self.prepared.district) as tx:
            found = await tx.fetchval(
                "SELECT version FROM process WHERE tenant_id = $1 AND id = $2", tx.tenant, UUID(process)
            )
        return int(found or 0)

    async def _who_may_act(self) -> None:
        """For each step, who may take it now, and where."""
        bureau, processes = self.prepared.bureau, [*self.prepared.cases.values(), self.prepared.round.round]
        for who, somebody in self.prepared.people.items():
            for process in processes if somebody else ():
                answer = await bureau.get(somebody, process.path)
                if answer.status_code != 200:
                    continue
                for action in answer.json()["actions"]:
                    if action["open"]:
                        key = (process.kind, action["name"])
                        self.able.setdefault(key, []).append((who, str(process.id)))

    def _run(self, asked: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(asked, self.loop).result()


_REQUEST = frozenset({"method", "url", "headers", "files", "data", "json", "params", "cookies"})


def _can_be_wrong(operation: Any) -> bool:
    return bool(operation.body) or bool(operation.query)
