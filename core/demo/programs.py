"""The processes of a demo: pages, background work, and the stand-ins for what a district has outside."""

from __future__ import annotations

import json
import secrets
import sys
from dataclasses import dataclass

from core.demo.preparation import Simulators
from core.demo.supervisor import Program
from core.settings import Settings

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    web: int
    platform: int
    gateway: int

    @classmethod
    def beside(cls, web: int) -> Ports:
        """The stand-ins get the two ports after the pages'."""
        return cls(web, web + 1, web + 2)

    @property
    def simulators(self) -> Simulators:
        return Simulators(f"http://{LOOPBACK}:{self.platform}", f"http://{LOOPBACK}:{self.gateway}")


def programs(settings: Settings, ports: Ports) -> tuple[Program, ...]:
    """What the supervisor keeps running. Secrets between us and the stand-ins are made once per data folder."""
    shared = _environment(settings)
    python = sys.executable
    return (
        Program(
            "platform", "核对平台（模拟）",
            (python, "-m", "plugins.big_data_check.simulator", "--port", str(ports.platform)), shared,
        ),
        Program(
            "gateway", "短信网关（模拟）",
            (
                python, "-m", "plugins.sms_notice.simulator", "--port", str(ports.gateway),
                "--report-to", f"http://{LOOPBACK}:{ports.web}",
            ),
            shared,
        ),
        Program(
            "web", "网页服务", (python, "-m", "core.cli", "serve"),
            shared | {"ZHUNBAO_DEMO_PHONES": f"http://{LOOPBACK}:{ports.gateway}"},
        ),
        Program("worker", "后台服务", (python, "-m", "core.cli", "worker"), shared),
    )  # fmt: skip


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "ZHUNBAO_DEMO": "1",
        "ZHUNBAO_DATA": str(settings.data),
        "ZHUNBAO_HOST": settings.host,
        "ZHUNBAO_PORT": str(settings.port),
        "ZHUNBAO_DATABASE_URL": settings.database_url,
        "ZHUNBAO_S3_URL": settings.s3_url,
        "ZHUNBAO_KEYS": settings.keyring().text(),
        **_secrets(settings),
    }


def _secrets(settings: Settings) -> dict[str, str]:
    file = settings.data / "simulator-secrets.json"
    if not file.exists():
        file.touch(mode=0o600)
        names = ("ZHUNBAO_BIG_DATA_CHECK_PLATFORM_KEY", "ZHUNBAO_SMS_NOTICE_SECRET_DEMO")
        file.write_text(json.dumps({name: secrets.token_urlsafe(24) for name in names}))
    found: dict[str, str] = json.loads(file.read_text())
    return found
