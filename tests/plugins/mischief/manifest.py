"""The mischief plugin: for tests alone, no entry point names it."""

from __future__ import annotations

from core.sdk import Plugin
from tests.plugins.mischief import hooks

plugin = Plugin(name="mischief", title="捣乱插件", version="1.0.0", sdk=">=1.0,<2", hooks=hooks)
