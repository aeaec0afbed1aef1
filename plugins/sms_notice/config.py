"""What a district sets for its text notices. Strict; every field has a default; rendered as a form.

Gateway address and key may be the installation's (the operator's environment, see README); a district that has its own
contract names them here. Secrets never stand in a configuration.
"""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from core.sdk import PluginContext, PublicQuestion, platform_of
from plugins.sms_notice.notices import LABELS

NoticeName = Literal[
    "accepted", "supplement", "visit", "findings", "authorisation", "posting", "confirmed", "denied", "hearing", "kept",
    "increased", "reduced", "grace", "grace_over", "terminated", "moved", "waived", "deceased",
]  # fmt: skip
EVERY_NOTICE: tuple[NoticeName, ...] = get_args(NoticeName)

TimeOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", extra={"placeholder": "21:00"})]
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ChannelName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{1,30}$")]


class SmsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    notices: Annotated[
        tuple[NoticeName, ...],
        Meta(title="发送哪些通知", extra={"labels": LABELS}, max_length=len(EVERY_NOTICE)),
    ] = EVERY_NOTICE
    channels: Annotated[
        tuple[ChannelName, ...],
        Meta(
            title="发送渠道，按先后",
            description="每行一个：http_gateway 短信网关、kannel、mail 电子邮件、in_app 站内消息，"
            "或供应商渠道的名称；前一个走不通才用后一个，没有配好的跳过",
            min_length=1,
            max_length=8,
        ),
    ] = ("http_gateway", "kannel", "mail", "in_app")
    signature: Annotated[
        str,
        Meta(
            title="短信签名", description="在运营商备案的名称，不带【】；空着用办理机关的名称", max_length=20
        ),
    ] = ""
    quiet_from: Annotated[TimeOfDay, Meta(title="夜间不发，从")] = "21:00"
    quiet_until: Annotated[TimeOfDay, Meta(title="到", description="两个时间相同表示不设夜间免打扰")] = (
        "08:00"
    )
    monthly_cap: Annotated[
        int,
        Meta(
            title="每月上限", description="按计费条数；0 表示不限", ge=0, le=10_000_000, extra={"unit": "条"}
        ),
    ] = 20_000
    expire_days: Annotated[
        int, Meta(title="时效", description="过了这些天还没发出的不再发", ge=1, le=30, extra={"unit": "天"})
    ] = 3
    price_fen: Annotated[
        int, Meta(title="每条价格", description="用来估算费用", ge=0, le=100, extra={"unit": "分"})
    ] = 5
    url: Annotated[
        str,
        Meta(
            title="网关地址",
            description="空着用平台统一的网关",
            max_length=200,
            extra={"placeholder": "https://"},
        ),
    ] = ""
    key_id: Annotated[
        str,
        Meta(
            title="网关账号",
            description="密钥由运维人员放在环境变量里，不写在这里",
            pattern=r"^[A-Za-z0-9_\-]{0,64}$",
        ),
    ] = ""

    questions: Annotated[
        tuple[PublicQuestion, ...],
        Meta(
            title="防止机器的小题",
            description="本地人都会答的几道题，轮流问；空着问简单加法。全区设了“公众表单先答一道小题”才用",
            max_length=40,
        ),
    ] = ()

    def __post_init__(self) -> None:
        if "【" in self.signature or "】" in self.signature:
            raise ValueError("短信签名不要带【】，系统会加上")
        if len(set(self.notices)) != len(self.notices):
            raise ValueError("同一种通知写了两次")
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("同一个发送渠道写了两次")
        if self.url and not acceptable(self.url):
            raise ValueError("网关地址要以 https:// 开头（本机可以用 http://），不带账号、参数")
        if bool(self.url) != bool(self.key_id):
            raise ValueError("网关地址和网关账号要一起填，或都空着")

    @property
    def quiet(self) -> tuple[time, time]:
        """From when until when (China time) nothing is sent; equal: no quiet hours."""
        return time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_until)


def acceptable(url: str) -> bool:
    """Phones travel only encrypted, except on this machine."""
    parts = urlsplit(url)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return secure and bool(parts.hostname) and not (parts.username or parts.query or parts.fragment)


def config_of(context: PluginContext) -> SmsConfig:
    assert isinstance(context.config, SmsConfig)
    return context.config


def signature_of(context: PluginContext) -> str:
    """What stands in 【】 before every message."""
    return config_of(context).signature or platform_of(context).office.name
