"""The built site in headless Chromium: links and pictures are there, and no page complains.

``make docs-check`` builds it and runs this; without the site, Chromium (Debian's package) or
playwright (extra ``docs``) it is skipped.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urldefrag

import pytest

SITE = Path(__file__).parents[2] / "build" / "site"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium"),
    pytest.mark.skipif(not (SITE / "index.html").exists(), reason="the site is not built"),
]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the site is served, to this machine alone."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        # A new folder for the user's data: nothing of the machine's own browser is touched.
        context = started.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("chromium"), executable_path=CHROMIUM, headless=True, args=FLAGS
        )
        yield context
        context.close()


@pytest.fixture(scope="module")
def opened(address, browser) -> dict[str, dict[str, list[str]]]:
    """page -> what is on it (links, ids, broken pictures) and what went wrong while it opened."""
    return {name: look_at(browser, address, name) for name in pages()}


def pages() -> list[str]:
    return sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))


def look_at(browser, address: str, name: str) -> dict[str, list[str]]:
    page, wrong, outside = browser.new_page(), [], []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda asked: wrong.append(f"failed: {asked.url}"))
    page.on("response", lambda got: wrong.append(f"{got.status} {got.url}") if not got.ok else None)
    page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((address, "data:", "blob:")) else outside.append(asked.url)
        ),
    )
    page.goto(address + name, wait_until="load")
    # Pictures are loaded lazily only when they come into view.
    pictures = """all => Promise.all(all.map(async picture => {
        picture.loading = 'eager'; await picture.decode().catch(() => 0);
        return picture.naturalWidth ? '' : picture.src; }))"""
    found = {
        "links": page.eval_on_selector_all("a[href]", "all => all.map(link => link.href)"),
        "ids": page.eval_on_selector_all("[id]", "all => all.map(one => one.id)"),
        "pictures": [src for src in page.eval_on_selector_all("img", pictures) if src],
        "unrendered": page.eval_on_selector_all(
            ".arithmatex", "all => all.map(one => one.innerText)"
        ),
        "wrong": wrong,
        "outside": outside,
    }
    page.close()
    return found


@pytest.mark.parametrize("what", ["wrong", "outside", "pictures", "unrendered"])
def test_no_page_complains_asks_other_hosts_or_lacks_a_picture(opened, what):
    assert {name: seen[what] for name, seen in opened.items() if seen[what]} == {}


def test_every_link_inside_the_site_leads_somewhere(opened, address):
    dead = []
    for name, seen in opened.items():
        for link in seen["links"]:
            target, anchor = urldefrag(link)
            if not target.startswith(address):
                continue
            path = target.removeprefix(address) or "index.html"
            lacks_anchor = anchor and path in opened and anchor not in opened[path]["ids"]
            if not (SITE / path).is_file() or lacks_anchor:
                dead.append((name, link))
    assert dead == []


def test_the_search_finds_a_page(browser, address):
    page = browser.new_page()
    page.goto(address + "index.html", wait_until="networkidle")
    page.locator("[data-md-component=search-query]").focus()
    page.keyboard.type("rectified")
    page.locator(".md-search-result__item a").first.wait_for()
    page.close()
