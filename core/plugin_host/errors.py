"""What is wrong with a plugin: said to whoever installs or writes it, naming plugin, key and what is allowed."""

from __future__ import annotations


class PluginError(Exception):
    """A plugin that must not start. `key` is the manifest key, hook or setting; `allowed` says what would be right."""

    def __init__(self, plugin: str, key: str, problem: str, *, allowed: str = "") -> None:
        self.plugin = plugin
        self.key = key
        self.problem = problem
        self.allowed = allowed
        super().__init__(str(self))

    def __str__(self) -> str:
        way_out = f"; allowed: {self.allowed}" if self.allowed else ""
        return f"plugin {self.plugin!r}, {self.key}: {self.problem}{way_out}"
