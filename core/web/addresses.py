"""The installation's address as the outside knows it: what is printed in QR codes and registered with providers."""

from __future__ import annotations

from typing import Any

from litestar import Request

from core.web.services import services_of


def public_address(request: Request[Any, Any, Any]) -> str:
    """`ZHUNBAO_PUBLIC_URL`; without it, for use on this machine, what the browser asked for."""
    return services_of(request).public_url or str(request.base_url).rstrip("/")
