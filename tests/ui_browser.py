"""A real browser for the pages: how it is started, how the link is followed, and what axe-core says about a page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from support import NODE_MODULES
from ui_process import Ui

CHROMIUM = Path("/usr/bin/chromium")
AXE = NODE_MODULES / "axe-core" / "axe.min.js"
# No look-ups, updates or accounts of the browser's own: whatever it asks for, our pages asked for.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A name of somebody else that leads to this computer, as an attacker's name server makes it.
    "--host-resolver-rules=MAP *.example 127.0.0.1",
]
# What axe-core holds a page against: WCAG 2.0 to 2.2, A and AA, and its best practices.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def opened_page(context: BrowserContext, ui: Ui) -> Page:
    """Follow the link, as a person does."""
    page = context.new_page()
    page.goto(ui.link)
    page.wait_for_url(re.compile(r"/c-[^/]+/$"))
    return page


def axe(page: Page) -> list[str]:
    """Return what axe-core finds wrong with a page: the rule and the elements, one line for each."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run make node")
    # Without its stylesheet a page is another page.
    page.wait_for_load_state("load")
    if page.evaluate("typeof axe") == "undefined":
        # Evaluated, not put into the page: the page's own policy would refuse it, as it should.
        page.evaluate(AXE.read_text(encoding="utf-8"))
    options: dict[str, Any] = {"runOnly": AXE_TAGS, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(document, options).then(result => result.violations)", options)
    return [f"{fault['id']}: {json.dumps([node['html'] for node in fault['nodes']])}" for fault in found]
