"""What a district sets for its data checks: which source is asked how, and how patiently. Strict; one file per district.

Thresholds of the "five haves" and the months a report is valid are the district's rules, not settings of this plugin.
Example (`tenants/<district>/plugins/big_data_check.toml`):

    http_sources = ["vehicles", "deposits"]       # asked at the provincial platform
    file_sources = ["payroll"]                    # delivered as batch files

    [not_connected]                               # why a source is not asked, and what stands in for it
    securities = "全省未接入，由入户调查了解"

    [platform]
    url = "https://platform.example.gov.cn/verification"
    key_id = "620802"
    secret = "ZHUNBAO_BIG_DATA_SECRET"            # name of the environment variable with the signing secret
"""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from core.sdk import Source

SECRET_NAME = r"^(ZHUNBAO_BIG_DATA_[A-Z0-9_]{1,40})?$"
"""Only these variables may be named: a district's settings must never reach the installation's own keys."""

Seconds = Annotated[float, Meta(gt=0, le=60)]
How = Literal["http", "file", "none"]


class Platform(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The provincial data platform: signed request, answer at once or later."""

    url: Annotated[str, Meta(title="平台地址", max_length=300)] = ""
    key_id: Annotated[str, Meta(title="接入编号", max_length=60)] = ""
    secret: Annotated[str, Meta(title="签名密钥所在的环境变量", pattern=SECRET_NAME)] = ""
    connect_seconds: Annotated[Seconds, Meta(title="连接超时（秒）")] = 2.0
    read_seconds: Annotated[Seconds, Meta(title="应答超时（秒）")] = 5.0
    attempts: Annotated[int, Meta(title="最多尝试几次", ge=1, le=5)] = 3
    breaker_failures: Annotated[int, Meta(title="连续失败几次后暂停", ge=1, le=100)] = 5
    breaker_seconds: Annotated[float, Meta(title="暂停多久（秒）", ge=1, le=3600)] = 60.0

    def __post_init__(self) -> None:
        if not self.url:
            return
        parts = urlsplit(self.url)
        local = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise ValueError("platform.url 要用 https（本机测试可用 http）")
        if not parts.hostname or parts.username or parts.query or parts.fragment:
            raise ValueError("platform.url 只写地址本身，不带账号和参数")


class Files(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Delivered batch files. Older than `max_age_days` they no longer answer."""

    max_age_days: Annotated[int, Meta(title="数据最多多少天内有效", ge=1, le=400)] = 45
    secret: Annotated[str, Meta(title="清单签名密钥所在的环境变量", pattern=SECRET_NAME)] = ""


class BigDataConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source is asked one way; one that is asked no way answers `no_data`, and says so in every report."""

    http_sources: Annotated[tuple[Source, ...], Meta(title="向省平台查询的来源")] = ()
    file_sources: Annotated[tuple[Source, ...], Meta(title="按批量文件核对的来源")] = ()
    not_connected: Annotated[
        dict[Source, Annotated[str, Meta(max_length=200)]],
        Meta(title="未接入的来源", description="写明原因和替代办法；不写的，每件都要核对人员说明"),
    ] = {}
    platform: Annotated[Platform, Meta(title="省数据平台")] = Platform()
    files: Annotated[Files, Meta(title="批量文件")] = Files()
    retry_minutes: Annotated[int, Meta(title="未答复的来源隔多少分钟再问", ge=1, le=1440)] = 30
    at_once: Annotated[int, Meta(title="同时查询数", ge=1, le=64)] = 8

    def __post_init__(self) -> None:
        twice = set(self.http_sources) & set(self.file_sources)
        if twice:
            raise ValueError(f"同一来源只能选一种方式：{'、'.join(sorted(s.label for s in twice))}")
        both = (set(self.http_sources) | set(self.file_sources)) & self.not_connected.keys()
        if both:
            raise ValueError(f"已接入的来源不能写在 not_connected：{'、'.join(sorted(s.label for s in both))}")
        if self.http_sources and not (self.platform.url and self.platform.secret):
            raise ValueError("向省平台查询，要写 platform.url 和 platform.secret")

    def how(self, source: Source) -> How:
        if source in self.http_sources:
            return "http"
        return "file" if source in self.file_sources else "none"
