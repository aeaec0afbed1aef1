"""QR codes for paper: an address as SVG, for `Paper.qr`."""

from __future__ import annotations

import io

import segno


def qr_svg(address: str) -> str:
    """An SVG that a phone reads off a printed sheet."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=4, border=2)
    return out.getvalue().decode()
