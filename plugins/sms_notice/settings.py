"""What channels are made from: the district's own account first, else the operator's environment."""

from __future__ import annotations

from core.sdk import PluginContext, platform_of
from core.sdk.channels import ChannelSetting
from plugins.sms_notice.config import config_of, signature_of


def setting_of(context: PluginContext) -> ChannelSetting:
    """`get("url")` and `get("key_id")` are the district's where it has an account of its own."""
    config, platform = config_of(context), platform_of(context)
    own = {"url": config.url, "key_id": config.key_id}

    def get(name: str) -> str:
        if name == "secret" and config.key_id not in ("", platform.setting("key_id")):
            return ""  # the installation's secret is for its own account
        return own.get(name) or platform.setting(name)

    return ChannelSetting(get, signature_of(context), context.district, context.now)
