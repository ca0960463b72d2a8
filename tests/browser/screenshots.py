"""Pictures of the report on the sample logs: `make report-screenshots` writes them to out/screenshots/."""

import base64
import sys
import tempfile
from pathlib import Path

from selenium import webdriver

from tests.browser.chromium import chromium
from trailmin.config import Config
from trailmin.job import run_job
from trailmin.packaged import packaged_path

VIEWS = (
    ("overview", "#/", "light", 1280),
    ("overview-dark", "#/", "dark", 1280),
    ("overview-phone", "#/", "light", 500),
    ("role", "#/role/3", "light", 1280),
    ("role-dark", "#/role/3", "dark", 1280),
    ("role-phone", "#/role/3", "light", 500),
    ("coverage", "#/coverage", "light", 1280),
)
"""Name of the picture, place in the page, theme and width in pixels."""

PRINTS = (("overview", "#/"), ("role", "#/role/3"))

TALLEST = 6000
"""Pixels."""


def main(folder: Path) -> None:
    """Write the pictures, and prints of the list and of a role."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        page = report_of_samples(Path(scratch))
        with chromium(Path(scratch) / "profile") as browser:
            for name, place, theme, width in VIEWS:
                browser.get("about:blank")
                browser.set_window_size(width, 1000)
                browser.get(f"{page.as_uri()}{place}")
                _save(browser, folder / f"{name}.png", theme, width)
            for name, place in PRINTS:
                browser.get("about:blank")
                browser.get(f"{page.as_uri()}{place}")
                printed = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
                (folder / f"{name}.pdf").write_bytes(base64.b64decode(printed["data"]))
    sys.stdout.write(f"written: {folder}\n")


def report_of_samples(scratch: Path) -> Path:
    """The page that a run on the sample logs writes."""
    samples = packaged_path("sample_logs")
    current = (samples / "snapshots", samples / "policies")
    run_job(
        Config(
            path=scratch / "trailmin.toml",
            sources=(samples / "AWSLogs",),
            lake=scratch / "lake",
            current=current,
            output=scratch / "out",
        )
    )
    return scratch / "out" / "report.html"


def _save(browser: webdriver.Chrome, path: Path, theme: str, width: int) -> None:
    browser.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
    height = browser.execute_script("return document.documentElement.scrollHeight")
    browser.set_window_size(width, min(height + 150, TALLEST))
    browser.save_screenshot(str(path))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
