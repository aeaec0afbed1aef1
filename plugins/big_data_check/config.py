"""What a district sets for its data checks: which source is asked how, and how patiently. Strict.

Thresholds of the "five haves" and the months a report is valid are the district's rules, not settings of this plugin.
Example (`tenants/<district>/plugins/big_data_check.toml`):

    http_sources = ["vehicles", "deposits"]       # asked at the provincial platform
    file_sources = ["payroll"]                    # delivered as batch files

    [vendor_sources]                              # asked by a vendor's own class, by its entry point's name
    tax = "gansu_tax"

    [not_connected]                               # why a source is not asked, and what stands in for it
    securities = "全省未接入，由入户调查了解"

    [reference_sources]                           # looked up in a reference database, by the view's name
    disability = "v_disability"

    [per_second]                                  # no source is asked more often than it allows
    deposits = 5

    [platform]
    url = "https://platform.example.gov.cn/verification"
    key_id = "620802"
    secret = "platform_key"                       # the environment's ZHUNBAO_BIG_DATA_CHECK_PLATFORM_KEY
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from core.sdk.verification import Source
from plugins.big_data_check.bulk.settings import BulkSettings
from plugins.big_data_check.envelope import public_key, verifying_key

SecretName = Annotated[str, Meta(title="签名密钥的名称", pattern=r"^[a-z0-9_]{1,40}$")]
"""The name under which `platform.setting` finds the key: a district's settings never hold a secret itself."""

Seconds = Annotated[float, Meta(ge=0.05, le=60)]


class Platform(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The provincial data platform: signed request, answer at once or later.

    `callback` is this district's own address for "the answer is ready"; without it the platform is only polled.
    `wait_seconds` is how long one asking stays for answers that come later before it reports what there is.
    """

    url: Annotated[str, Meta(title="平台地址", max_length=300)] = ""
    key_id: Annotated[str, Meta(title="接入编号", max_length=60)] = ""
    secret: SecretName = "platform_key"  # noqa: S105
    callback: Annotated[str, Meta(title="回调地址", max_length=300)] = ""
    connect_seconds: Annotated[Seconds, Meta(title="连接超时（秒）")] = 2.0
    read_seconds: Annotated[Seconds, Meta(title="应答超时（秒）")] = 5.0
    attempts: Annotated[int, Meta(title="最多尝试几次", ge=1, le=5)] = 3
    wait_seconds: Annotated[float, Meta(title="等异步答复多久（秒）", ge=0, le=60)] = 5.0
    breaker_failures: Annotated[int, Meta(title="连续失败几次后暂停", ge=1, le=100)] = 5
    breaker_seconds: Annotated[float, Meta(title="暂停多久（秒）", ge=1, le=3600)] = 60.0

    def __post_init__(self) -> None:
        for name, url in (("platform.url", self.url), ("platform.callback", self.callback)):
            if url:
                _check_address(name, url)


PublicKey = Annotated[str, Meta(min_length=44, max_length=44)]
"""32 bytes in Base64."""


class Files(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Delivered batch files. Older than `max_age_days` they no longer answer.

    `senders`: whose signature is accepted (Ed25519); with one named, a file without a signature is refused.
    `encrypted`: only files encrypted for this district are taken. `departments`: whom a source's own batch requests are
    encrypted for (X25519). Our private keys are secrets of the operator: `files_private_key` and `files_signing_key`.
    """

    max_age_days: Annotated[int, Meta(title="数据最多多少天内有效", ge=1, le=400)] = 45
    encrypted: Annotated[bool, Meta(title="只收加密的文件")] = False
    senders: Annotated[
        dict[Annotated[str, Meta(min_length=1, max_length=60)], PublicKey],
        Meta(title="交付单位的签名公钥", description="单位名称=公钥；写了的，没有签名的文件不收"),
    ] = {}
    departments: Annotated[
        dict[str, PublicKey], Meta(title="部门的加密公钥", description="来源代码=公钥；用于发出核对批次")
    ] = {}

    def __post_init__(self) -> None:
        for name, key in self.senders.items():
            _check_key(f"files.senders 的“{name}”", verifying_key, key)
        for name, key in self.departments.items():
            if name not in {s.value for s in Source}:
                raise ValueError(f"files.departments：没有“{name}”这个来源")
            _check_key(f"files.departments 的“{name}”", public_key, key)


class BigDataConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source is asked one way; one that is asked no way answers `no_data`, and says so in every report.

    A silent source is asked again after `retry_minutes`, then after twice as long each time, at most `longest_hours`.
    """

    http_sources: Annotated[tuple[Source, ...], Meta(title="向省平台查询的来源")] = ()
    file_sources: Annotated[tuple[Source, ...], Meta(title="按批量文件核对的来源")] = ()
    vendor_sources: Annotated[
        dict[str, Annotated[str, Meta(min_length=1, max_length=60)]],
        Meta(title="由厂商接口查询的来源", description="来源代码=接口名"),
    ] = {}
    not_connected: Annotated[
        dict[str, Annotated[str, Meta(max_length=200)]],
        Meta(title="未接入的来源", description="写明原因和替代办法；不写的，每件都要核对人员说明"),
    ] = {}
    reference_sources: Annotated[
        dict[str, Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62})?$")]],
        Meta(title="查比对库的来源", description="来源代码=视图名"),
    ] = {}
    per_second: Annotated[
        dict[str, Annotated[float, Meta(gt=0, le=1000)]],
        Meta(title="每秒最多查询几次", description="来源代码=次数；不写的不限"),
    ] = {}
    platform: Annotated[Platform, Meta(title="省数据平台")] = Platform()
    files: Annotated[Files, Meta(title="批量文件")] = Files()
    retry_minutes: Annotated[int, Meta(title="未答复的来源隔多少分钟再问", ge=1, le=1440)] = 30
    longest_hours: Annotated[int, Meta(title="最长隔多少小时再问", ge=1, le=168)] = 24
    bulk: Annotated[BulkSettings, Meta(title="批量复核")] = BulkSettings()
    remind_days: Annotated[int, Meta(title="核对授权提前多少天提醒重签", ge=1, le=180)] = 30
    at_once: Annotated[int, Meta(title="同时查询数", ge=1, le=64)] = 8

    def __post_init__(self) -> None:
        named = (*self.vendor_sources, *self.reference_sources, *self.not_connected, *self.per_second)
        for key in named:
            if key not in {s.value for s in Source}:
                raise ValueError(f"没有“{key}”这个来源，可用：{'、'.join(s.value for s in Source)}")
        by_name = (*self.vendor_sources, *self.reference_sources)
        asked = [*self.http_sources, *self.file_sources, *(Source(key) for key in by_name)]
        twice = {s for s in asked if asked.count(s) > 1}
        if twice:
            raise ValueError(f"同一来源只能选一种方式：{_listed(twice)}")
        both = {s for s in asked if s.value in self.not_connected}
        if both:
            raise ValueError(f"已接入的来源不能写在 not_connected：{_listed(both)}")


def _check_key(name: str, read: Callable[[str], object], text: str) -> None:
    try:
        read(text)
    except ValueError:
        raise ValueError(f"{name} 不是公钥，应为 Base64 写的 32 个字节") from None


def _check_address(name: str, url: str) -> None:
    parts = urlsplit(url)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise ValueError(f"{name} 要用 https（本机测试可用 http）")
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError(f"{name} 只写地址本身，不带账号和参数")


def _listed(sources: Iterable[Source]) -> str:
    return "、".join(sorted(s.label for s in sources))
