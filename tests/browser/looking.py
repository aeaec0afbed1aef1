"""What a page is like for somebody who enlarges it, spaces its letters out, or has no mouse."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

NARROW = {"width": 320, "height": 640}
"""WCAG 1.4.10: 1280 pixels at 400 %."""
DOUBLE = {"width": 720, "height": 450}
"""A desk's 1440 × 900 at 200 %."""

LARGE = {"name": "zhunbao_large", "value": "1"}

_SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } p { margin-bottom: 2em !important; }");
  document.adoptedStyleSheets = [sheet];
}"""

_CUT = """() => {
  const cut = [], own = (el) => [...el.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const hidden = (el) => el.closest(".visually-hidden, [hidden], .skip, template, svg, option, datalist");
  const scrolls = (el) => { for (let e = el; e && e !== document.body; e = e.parentElement) if (/auto|scroll/.test(getComputedStyle(e).overflowX)) return true; return false; };
  for (const el of document.body.querySelectorAll("*")) {
    if (!own(el) || hidden(el) || !el.getClientRects().length) continue;
    const style = getComputedStyle(el), box = el.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1) continue;
    const name = `${el.tagName.toLowerCase()}.${el.className}: ${el.textContent.trim().slice(0, 24)}`;
    for (let e = el; e && e !== document.body; e = e.parentElement) {
      const about = getComputedStyle(e), frame = e.getBoundingClientRect();
      if (frame.width <= 1 || frame.height <= 1) break;
      if (/hidden|clip/.test(about.overflowX) && box.right > frame.right + 1) { cut.push(`cut at the side: ${name}`); break; }
      if (/hidden|clip/.test(about.overflowY) && box.bottom > frame.bottom + 1) { cut.push(`cut at the bottom: ${name}`); break; }
    }
    if (style.textOverflow === "ellipsis" && el.scrollWidth > el.clientWidth) cut.push(`ellipsis: ${name}`);
    if (box.right > innerWidth + 1 && !scrolls(el)) cut.push(`beyond the window: ${name}`);
    const inner = document.createRange();
    inner.selectNodeContents(el);
    const text = inner.getBoundingClientRect();
    if (text.right > innerWidth + 1 && !scrolls(el)) cut.push(`text beyond the window: ${name}`);
  }
  return cut;
}"""

_RING = """() => {
  const el = document.activeElement;
  if (!el || el === document.body) return null;
  const style = getComputedStyle(el), box = el.getBoundingClientRect();
  const label = (el.labels && el.labels[0] ? el.labels[0].innerText : "") || el.getAttribute("aria-label") || el.innerText || el.name || el.id;
  return {
    tag: el.tagName.toLowerCase(), kind: el.type || "", name: label.trim().replace(/\\s+/g, " ").slice(0, 40), id: el.id,
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


async def space_out(page: Page) -> None:
    """WCAG 1.4.12, as a reader's own stylesheet would."""
    await page.evaluate(_SPACED)


async def cut(page: Page) -> list[str]:
    """Texts that are cut off, or stand outside the window with no way to scroll there."""
    found: list[str] = await page.evaluate(_CUT)
    return found


async def focused(page: Page) -> dict[str, Any] | None:
    """What the keyboard is at; None: nothing."""
    found: dict[str, Any] | None = await page.evaluate(_RING)
    return found


async def tab_to(page: Page, name: str, most: int = 80) -> None:
    """On with Tab until what is focused is called `name`. Every stop on the way must be seen and wear a ring."""
    await page.emulate_media(reduced_motion="reduce")  # what slides into view is there at once
    for _ in range(most):
        await page.keyboard.press("Tab")
        at = await focused(page)
        if at is None:
            continue
        assert at["ring"], f"no focus ring: {at}"
        assert at["inside"], f"focused but out of sight: {at}"
        if name in at["name"] or (at["kind"] == "radio" and await _arrow_to(page, name)):
            return
    raise AssertionError(f"Tab never comes to {name}")


async def _arrow_to(page: Page, name: str, most: int = 12) -> bool:
    """Among the choices of one question, where Tab goes to the first and the arrows go on."""
    for _ in range(most):
        await page.keyboard.press("ArrowDown")
        at = await focused(page)
        assert at is not None
        if name in at["name"]:
            return True
    return False


async def round_trip(page: Page, most: int = 200) -> list[dict[str, Any]]:
    """Every stop of Tab once around the page. Raises AssertionError where it never comes out."""
    stops: list[dict[str, Any]] = []
    await page.emulate_media(reduced_motion="reduce")
    await page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
    for _ in range(most):
        await page.keyboard.press("Tab")
        at = await focused(page)
        if at is None:
            return stops
        if stops and at == stops[0] and len(stops) > 1:
            return stops
        stops.append(at)
    raise AssertionError(f"Tab is trapped near {stops[-1]}")
