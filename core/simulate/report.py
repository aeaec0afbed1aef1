"""What a simulated round came to: counts, times, and whatever was not as expected."""

from __future__ import annotations

import msgspec

from core.simulate.client import percentile
from core.simulate.world import World

SLOWEST = 8


class Slow(msgspec.Struct, frozen=True):
    """One kind of request; milliseconds."""

    call: str
    count: int
    p50: float
    p95: float


class Report(msgspec.Struct, frozen=True):
    """`mismatches` empty: everything came out as reckoned. Times in seconds and milliseconds as named."""

    round: str
    seed: int
    households: int
    seconds: float
    requests: int
    errors: int
    retries: int
    checks: int
    p50_ms: float
    p95_ms: float
    counts: dict[str, int]
    stories: dict[str, int]
    slowest: tuple[Slow, ...]
    mismatches: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.mismatches and not self.errors


def report_of(world: World, seconds: float) -> Report:
    meter = world.stage.api.meter
    stories: dict[str, int] = {}
    for track in world.tracks:
        stories[track.plan.story.value] = stories.get(track.plan.story.value, 0) + 1
    slow = sorted(meter.by_call.items(), key=lambda item: -percentile(item[1], 0.95))[:SLOWEST]
    return Report(
        round=world.number,
        seed=world.seed,
        households=len(world.tracks),
        seconds=round(seconds, 1),
        requests=len(meter.seconds),
        errors=len(meter.failures),
        retries=meter.retries,
        checks=world.checks,
        p50_ms=_ms(meter.percentile(0.5)),
        p95_ms=_ms(meter.percentile(0.95)),
        counts=dict(sorted(world.counts.items())),
        stories=dict(sorted(stories.items())),
        slowest=tuple(Slow(c, len(s), _ms(percentile(s, 0.5)), _ms(percentile(s, 0.95))) for c, s in slow),
        mismatches=(*world.mismatches, *dict.fromkeys(meter.failures)),
    )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def text(report: Report) -> str:
    """For people."""
    lines = [
        f"整村认定 {report.round or '（未建立）'}：{report.households} 户，种子 {report.seed}，用时 {report.seconds} 秒",
        f"请求 {report.requests} 次，出错 {report.errors} 次，重试 {report.retries} 次；"
        f"中位 {report.p50_ms} 毫秒，95% 在 {report.p95_ms} 毫秒以内",
        "结果："
        + "，".join(
            f"{k.removeprefix('ending.')} {v}" for k, v in report.counts.items() if k.startswith("ending.")
        ),
        f"抽样 {report.counts.get('drawn', 0)} 户，必查 {report.counts.get('mandatory', 0)} 户；"
        f"投票 {report.counts.get('ballots', 0)} 张；应拒绝的 {report.counts.get('refused', 0)} 次都试过",
        "较慢的请求：",
        *(f"  {s.call}  {s.count} 次，中位 {s.p50}，95% {s.p95} 毫秒" for s in report.slowest),
        f"核对 {report.checks} 项，" + ("全部相符。" if report.ok else f"{len(report.mismatches)} 项不符："),
        *(f"  {m}" for m in report.mismatches),
    ]
    return "\n".join(lines)
