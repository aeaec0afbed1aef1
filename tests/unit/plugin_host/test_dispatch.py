"""Who is called for whom, in which order, and how the answers combine; a failure never reaches the caller."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.plugin_host.calling import FailureKind
from core.plugin_host.errors import PluginError
from core.plugin_host.host import PluginHost
from core.plugin_host.outcome import Answer, Outcome
from core.plugin_host.payload import PluginContext, Scope, Veto
from core.problems import Refused
from core.storage import Transaction
from tests.unit.plugin_host.builders import (
    NOW,
    TENANT,
    FakeStatements,
    WatchedCircuits,
    a_host,
    a_plugin,
    a_scope,
    run,
)


def greeting(word: str) -> Callable[..., Awaitable[list[str]]]:
    async def greet(name: str) -> list[str]:
        return [f"{word}，{name}"]

    return greet


async def broken_greeting(name: str) -> list[str]:
    raise ValueError(name)


def dispatch(host: PluginHost, name: str, scope: Scope, /, **given: Any) -> Outcome:
    async def scene() -> Outcome:
        outcome = await host.dispatch(name, scope, **given)
        await host.settle()
        return outcome

    outcome: Outcome = run(scene())
    return outcome


def test_only_the_plugins_a_district_enabled_are_called() -> None:
    host = a_host(a_plugin("alpha", greet=greeting("您好")), a_plugin("beta", greet=greeting("早")))
    assert [a.value for a in dispatch(host, "greet", a_scope("beta"), name="李四").answers] == [["早，李四"]]
    assert dispatch(host, "greet", a_scope(), name="李四") == Outcome()


@given(
    st.permutations(["alpha", "beta", "gamma", "delta"]),
    st.sets(st.sampled_from(["alpha", "beta", "gamma", "delta"])),
)
@settings(max_examples=25)
def test_answers_come_in_the_order_of_plugin_names(names: list[str], enabled: set[str]) -> None:
    host = a_host(*(a_plugin(name, greet=greeting(name)) for name in names))
    outcome = dispatch(host, "greet", a_scope(*enabled), name="x")
    assert [answer.plugin for answer in outcome.answers] == sorted(enabled)


def test_all_answers_count_and_none_is_no_answer() -> None:
    async def silent(name: str) -> Any:
        return None

    host = a_host(
        a_plugin("alpha", greet=greeting("您好")),
        a_plugin("beta", greet=silent),
        a_plugin("gamma", greet=greeting("早")),
    )
    outcome = dispatch(host, "greet", a_scope("alpha", "beta", "gamma"), name="x")
    assert [offer.value for offer in outcome.offers] == ["您好，x", "早，x"]
    assert [(f.plugin, f.kind) for f in outcome.failures] == [("beta", FailureKind.WRONG_TYPE)]


def test_the_first_answer_ends_the_asking() -> None:
    asked: list[str] = []

    def guesser(name: str, answer: int | None) -> Callable[[int], int | None]:
        def guess(number: int) -> int | None:
            asked.append(name)
            return answer

        return guess

    host = a_host(
        a_plugin("alpha", guess=guesser("alpha", None)),
        a_plugin("beta", guess=guesser("beta", 2)),
        a_plugin("gamma", guess=guesser("gamma", 3)),
    )
    outcome = dispatch(host, "guess", a_scope("alpha", "beta", "gamma"), number=1)
    assert outcome.first == Answer("beta", 2)
    assert asked == ["alpha", "beta"]
    assert Outcome().first is None


def test_one_plugin_that_fails_does_not_silence_the_others() -> None:
    circuits = WatchedCircuits()
    host = a_host(
        a_plugin("alpha", greet=broken_greeting), a_plugin("beta", greet=greeting("早")), circuits=circuits
    )
    outcome = dispatch(host, "greet", a_scope("alpha", "beta"), name="张三")
    assert [a.plugin for a in outcome.answers] == ["beta"]
    assert outcome.failures[0].message == "“插件alpha”出错了"
    assert [(t, p, h, k) for t, p, h, k, _ in circuits.failures] == [
        (TENANT, "alpha", "greet", FailureKind.RAISED)
    ]
    assert "张三" not in circuits.failures[0][4]
    assert circuits.successes == ["beta"]


def test_a_plugin_whose_circuit_is_open_is_not_called() -> None:
    host = a_host(a_plugin("alpha", greet=greeting("您好")), circuits=WatchedCircuits("alpha"))
    outcome = dispatch(host, "greet", a_scope("alpha"), name="x")
    assert outcome.answers == ()
    assert outcome.failures[0].message == "“插件alpha”因多次出错已暂停"


def test_only_one_plugin_can_be_asked_alone() -> None:
    host = a_host(a_plugin("alpha", greet=greeting("您好")), a_plugin("beta", greet=greeting("早")))
    outcome = dispatch(host, "greet", a_scope("alpha", "beta"), only="beta", name="x")
    assert [a.plugin for a in outcome.answers] == ["beta"]
    assert host.implementers("greet", a_scope("alpha", "beta", "gone")) == ("alpha", "beta")


class Volume(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    loud: bool = False


def test_a_plugin_is_told_the_district_its_settings_and_the_time() -> None:
    seen: list[PluginContext] = []

    async def greet(context: PluginContext) -> list[str]:
        seen.append(context)
        return []

    host = a_host(a_plugin("alpha", greet=greet))
    dispatch(host, "greet", a_scope("alpha", config=lambda _: Volume(loud=True)), name="x")
    assert seen == [PluginContext(TENANT, "620802", "alpha", Volume(loud=True), NOW)]


def test_settings_that_no_longer_fit_are_that_plugins_failure_alone() -> None:
    def config(plugin: str) -> msgspec.Struct:
        return msgspec.convert({"old": 1}, Volume) if plugin == "alpha" else Volume()

    host = a_host(a_plugin("alpha", greet=greeting("您好")), a_plugin("beta", greet=greeting("早")))
    outcome = dispatch(host, "greet", a_scope("alpha", "beta", config=config), name="x")
    assert [a.plugin for a in outcome.answers] == ["beta"]
    assert outcome.failures[0].detail == "ValidationError while its configuration was read"


# --- deny wins -----------------------------------------------------------------------------------------------------


def forbidding(veto: Veto | None) -> Callable[..., Awaitable[Veto | None]]:
    async def forbid(step: str) -> Veto | None:
        return veto

    return forbid


async def hanging_forbid(step: str) -> Veto | None:
    await asyncio.sleep(60)
    return None


def judged(host: PluginHost, *enabled: str) -> Outcome:
    tx = cast("Transaction", FakeStatements())
    return dispatch(host, "forbid", a_scope(*enabled), tx=tx, step="confirm")


def test_one_refusal_is_enough_and_every_reason_is_said() -> None:
    host = a_host(
        a_plugin("alpha", forbid=forbidding(None)),
        a_plugin("beta", forbid=forbidding(Veto("还有一户没有评议结果。", "本区规定 3", "请先评议"))),
        a_plugin("gamma", forbid=forbidding(Veto("公示照片缺一张。", "本区规定 5"))),
    )
    with pytest.raises(Refused) as refused:
        judged(host, "alpha", "beta", "gamma").raise_if_denied()
    assert refused.value.detail == "还有一户没有评议结果。\n公示照片缺一张。"
    assert refused.value.source == "本区规定 3；本区规定 5"
    assert refused.value.hint == "请先评议"
    judged(host, "alpha").raise_if_denied()


def test_a_veto_that_hangs_refuses_with_a_clear_message() -> None:
    host = a_host(a_plugin("alpha", forbid=hanging_forbid))
    with pytest.raises(Refused) as refused:
        judged(host, "alpha").raise_if_denied()
    assert refused.value.detail == "“插件alpha”没有按时回应，这一步现在不能办；刚才的操作没有改动任何内容。"
    assert refused.value.hint == "请过几分钟再试；仍然不行，请联系系统管理员到“插件”页查看。"


def test_a_plugin_that_was_removed_refuses_where_it_could_have_vetoed_and_is_missed_nowhere_else() -> None:
    host = a_host(a_plugin("alpha", forbid=forbidding(None), greet=greeting("您好")))
    with pytest.raises(Refused, match="“beta”在本区启用了，但没有安装，这一步现在不能办"):
        judged(host, "alpha", "beta").raise_if_denied()
    outcome = dispatch(host, "greet", a_scope("alpha", "beta"), name="x")
    assert ([a.plugin for a in outcome.answers], outcome.failures) == (["alpha"], ())


@given(st.lists(st.sampled_from(["passes", "refuses", "raises", "lies"]), max_size=4))
@settings(max_examples=30)
def test_a_step_passes_only_when_every_plugin_lets_it_pass(behaviours: list[str]) -> None:
    async def raises(step: str) -> Veto | None:
        raise LookupError(step)

    async def lies(step: str) -> Any:
        return True

    ways = {"passes": forbidding(None), "refuses": forbidding(Veto("不行。")), "raises": raises, "lies": lies}
    names = [f"plugin_{place}" for place in range(len(behaviours))]
    host = a_host(*(a_plugin(n, forbid=ways[b]) for n, b in zip(names, behaviours, strict=True)))
    outcome = judged(host, *names)
    assert (not outcome.vetoes) == all(b == "passes" for b in behaviours)
    assert len(outcome.vetoes) == sum(b != "passes" for b in behaviours)


# --- what the caller owes ------------------------------------------------------------------------------------------


def test_a_call_with_the_wrong_arguments_is_our_own_error() -> None:
    host = a_host()
    with pytest.raises(TypeError, match=r"hook greet takes \['name'\], was given \['nom'\]"):
        dispatch(host, "greet", a_scope(), nom="x")
    with pytest.raises(TypeError, match="hook forbid fires in the transaction: tx is required"):
        dispatch(host, "forbid", a_scope(), step="x")
    with pytest.raises(TypeError, match=r"hook words fires at start: use collect\(\)"):
        dispatch(host, "words", a_scope())


# --- at start ------------------------------------------------------------------------------------------------------


def saying(*said: Any) -> Callable[[], Sequence[Any]]:
    def words() -> Sequence[Any]:
        return list(said)

    return words


def test_what_is_declared_at_start_is_asked_once_and_kept_per_plugin() -> None:
    host = a_host(a_plugin("beta", words=saying("b")), a_plugin("alpha", words=saying("a", "c")))
    assert [(o.plugin, o.value) for o in host.collect("words").offers] == [
        ("alpha", "a"),
        ("alpha", "c"),
        ("beta", "b"),
    ]
    assert [o.value for o in host.collect("words", frozenset({"beta"})).offers] == ["b"]


def test_nonsense_at_start_keeps_the_installation_from_starting() -> None:
    with pytest.raises(PluginError, match=r"plugin 'alpha', words: wrong_type: \[0\]: expected str, got int"):
        a_host(a_plugin("alpha", words=saying(7)))


def test_exit_at_start_is_an_error_with_the_plugins_name() -> None:
    def words() -> list[str]:
        raise SystemExit(1)

    with pytest.raises(PluginError, match="plugin 'alpha', words: raised: SystemExit at test_dispatch"):
        a_host(a_plugin("alpha", words=words))


def test_an_unknown_plugin_is_refused_by_name() -> None:
    with pytest.raises(PluginError, match="plugin 'beta', enabled plugins: is not installed; allowed: alpha"):
        a_host(a_plugin("alpha")).of(frozenset({"beta"}))


def test_the_set_of_enabled_plugins_is_made_once() -> None:
    host = a_host(a_plugin("alpha"), a_plugin("beta"))
    assert host.of(frozenset({"alpha", "beta"})) is host.of(frozenset({"beta", "alpha"}))
