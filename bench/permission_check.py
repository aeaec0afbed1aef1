"""How long one permission check takes: our compiled table beside casbin's own `enforce()`.

Casbin is measured as the textbook loads it (one enforcer with the role assignments of 3,000 tenants × 200 users; only so
many are loaded as it takes to see the cost, and the number is named) and kindly (one enforcer per tenant). Floor: two
dictionary look-ups, which any table must spend.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

import casbin

from bench.measurement import Measurement
from core.access.authorizer import Actor, Authorizer, FixedPolicies, Grant
from core.access.policy import core_lines

TENANTS, USERS = 3000, 200
AREA = "620802100000"
ASKED = ("case", "accept")
TARGET_MICROSECONDS = 2.0

RBAC_MODEL = """
[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act, eft
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = g(r.sub, p.sub, r.dom) && r.dom == p.dom && r.obj == p.obj && r.act == p.act
"""


def measure() -> list[Measurement]:
    actor = Actor(uuid4(), uuid4(), "某某", (Grant("township_clerk", AREA),))
    authorizer = Authorizer(FixedPolicies.core())
    ours = _microseconds(lambda: authorizer.may(actor, *ASKED, AREA), 50_000)
    table = {ASKED: frozenset({"township_clerk"})}
    floor = _microseconds(lambda: ("township_clerk" in table[ASKED], table.get(ASKED)), 200_000)
    per_tenant = _casbin(1)
    few = _casbin(30)
    kind = _microseconds(lambda: per_tenant.enforce("u0", "t0", *ASKED), 200)
    naive_few = _microseconds(lambda: few.enforce("u0", "t0", *ASKED), 20)
    naive = naive_few * TENANTS / 30
    return [
        Measurement(
            "permission_check_us", ours, TARGET_MICROSECONDS, "lower", "µs", floor, kind, ours,
            f"compiled {ours:.2f} µs; casbin enforce(), one enforcer per tenant {kind:,.0f} µs ({kind / ours:,.0f}×); "
            f"one enforcer for all: {naive_few:,.0f} µs with 30 tenants × {USERS} users, linear in tenants, so about "
            f"{naive / 1000:,.0f} ms with {TENANTS:,}; area prefix and reasons are included in ours, not in casbin's",
        )
    ]  # fmt: skip


def _casbin(tenants: int) -> casbin.Enforcer:
    found = casbin.Enforcer(_model(), enable_log=False)
    roles = sorted({line.role for line in core_lines()})
    found.add_policies(
        [
            [line.role, f"t{t}", line.object, line.action, line.effect]
            for t in range(tenants)
            for line in core_lines()
        ]
    )
    found.add_grouping_policies(
        [[f"u{u}", roles[u % len(roles)], f"t{t}"] for t in range(tenants) for u in range(USERS)]
    )
    return found


def _model() -> casbin.Model:
    model = casbin.Model()
    model.load_model_from_text(RBAC_MODEL)
    return model


def _microseconds(ask: Callable[[], object], times: int) -> float:
    """The best of five runs, per call: what the code takes, not what the machine was busy with."""
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(times):
            ask()
        best = min(best, time.perf_counter() - started)
    return best / times * 1e6
