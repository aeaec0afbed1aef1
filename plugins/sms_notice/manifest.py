"""Text notices (短信通知): a household learns of every step of its case by phone, without personal detail."""

from __future__ import annotations

from pathlib import Path

from core.sdk import Plugin
from plugins.sms_notice import hooks
from plugins.sms_notice.config import SmsConfig
from plugins.sms_notice.permissions import GRANTS, OBJECT, SmsAction

_TABLES = ("message", "opt_out", "template", "budget", "circuit", "reply", "mail", "mail_count")

plugin = Plugin(
    name="sms_notice",
    title="短信通知",
    version="1.0.0",
    sdk=">=1.0,<2",
    summary="办到关键环节时给申请家庭发短信，登录验证码也走同一网关；内容不含个人信息。",
    hooks=hooks,
    config=SmsConfig,
    permission_object=OBJECT,
    permissions=SmsAction,
    grants=GRANTS,
    tables=tuple(f"sms_notice_{name}" for name in _TABLES),
    migrations="migrations.sms_notice",
    templates=Path(__file__).parent / "templates",
)
