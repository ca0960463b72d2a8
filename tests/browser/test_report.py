"""The report in a real browser: it loads alone, complains of nothing, and what is hostile stays text."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.chromium import chromium, complaints, requests
from tests.browser.pages import full_report, hostile_report, large_report
from tests.browser.screenshots import report_of_samples
from tests.conftest import NODE_MODULES
from trailmin.report.html import Report, render_report

pytestmark = pytest.mark.browser

PARTS = (
    "No broader: yes.",
    "Nothing broken: yes.",
    "What changes",
    "Escalation paths closed",
    "s3:GetObject",
    "What goes",
    "What could not be judged",
    "Too new to judge",
    "When it was used",
    "arn:aws:s3:::images/*",
)


@pytest.fixture(scope="module")
def real_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `trailmin run` writes for the sample logs."""
    return report_of_samples(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


def load(browser: webdriver.Chrome, report: Report, folder: Path, place: str = "") -> None:
    page = folder / "report.html"
    page.write_text(render_report(report), encoding="utf-8")
    open_page(browser, page, place)


def open_page(browser: webdriver.Chrome, page: Path, place: str) -> None:
    browser.get("about:blank")
    complaints(browser)
    requests(browser)
    browser.get(f"{page.as_uri()}{place}")


def names(browser: webdriver.Chrome) -> list[str]:
    return [row.text for row in browser.find_elements(By.CSS_SELECTOR, "#roles tbody tr:not([hidden]) th")]


def role_text(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.ID, "view-role").text


def wait(browser: webdriver.Chrome, selector: str) -> WebElement:
    found: WebElement = WebDriverWait(browser, 5).until(lambda b: b.find_element(By.CSS_SELECTOR, selector))
    return found


def test_nothing_is_loaded_but_the_page_and_nothing_is_complained_of(browser: webdriver.Chrome, tmp_path: Path) -> None:
    load(browser, full_report(), tmp_path)
    page = (tmp_path / "report.html").as_uri()
    assert requests(browser) == [page]
    assert complaints(browser) == []
    assert "What roles are granted" in browser.find_element(By.TAG_NAME, "h1").text


def test_search_finds_roles_by_name_and_escape_takes_it_back(browser: webdriver.Chrome, tmp_path: Path) -> None:
    load(browser, full_report(), tmp_path)
    browser.find_element(By.TAG_NAME, "body").send_keys("/")
    search = browser.switch_to.active_element
    search.send_keys("batch")
    assert names(browser) == ["old-batch"]
    assert browser.find_element(By.ID, "shown").text == "1 of 3 roles"
    search.send_keys(Keys.ESCAPE)
    assert len(names(browser)) == 3


def test_a_status_filters_and_a_header_sorts_both_ways(browser: webdriver.Chrome, tmp_path: Path) -> None:
    load(browser, full_report(), tmp_path)
    browser.find_element(By.CSS_SELECTOR, ".chip[data-status=unused-role]").click()
    assert names(browser) == ["old-batch"]
    browser.find_element(By.CSS_SELECTOR, ".chip[data-status=unused-role]").click()
    header = browser.find_element(By.CSS_SELECTOR, "#roles thead th:first-child")
    header.find_element(By.TAG_NAME, "button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    assert names(browser) == ["image-processor", "old-batch", "young"]
    header.find_element(By.TAG_NAME, "button").click()
    assert header.get_attribute("aria-sort") == "descending"
    assert names(browser) == ["young", "old-batch", "image-processor"]


def test_numbers_sort_largest_first(browser: webdriver.Chrome, tmp_path: Path) -> None:
    load(browser, full_report(), tmp_path)
    header = next(h for h in browser.find_elements(By.CSS_SELECTOR, "#roles thead th") if h.text.startswith("Goes"))
    header.find_element(By.TAG_NAME, "button").click()
    assert header.get_attribute("aria-sort") == "descending"
    assert names(browser)[0] == "image-processor"


def test_a_role_has_its_page_with_diff_evidence_timeline_and_findings(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    load(browser, full_report(), tmp_path)
    browser.find_element(By.LINK_TEXT, "image-processor").click()
    wait(browser, "#role-title")
    text = role_text(browser)
    for part in PARTS:
        assert part in text
    added = [line.text for line in browser.find_elements(By.CSS_SELECTOR, ".diff .added")]
    assert any('"s3:GetObject"' in line for line in added)
    assert len(browser.find_elements(By.CSS_SELECTOR, ".timeline rect.seen")) == len(full_report().roles[0].days)
    assert complaints(browser) == []


def test_the_way_back_leads_to_the_list_and_the_pager_to_the_next_role(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    load(browser, full_report(), tmp_path, "#/role/0")
    wait(browser, "a[rel=next]").click()
    WebDriverWait(browser, 5).until(lambda b: b.find_element(By.ID, "role-title").text == "old-batch")
    browser.back()
    WebDriverWait(browser, 5).until(lambda b: b.find_element(By.ID, "role-title").text == "image-processor")
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ESCAPE)
    WebDriverWait(browser, 5).until(lambda b: b.find_element(By.ID, "view-overview").is_displayed())


def test_arrows_walk_through_the_list(browser: webdriver.Chrome, tmp_path: Path) -> None:
    load(browser, full_report(), tmp_path)
    search = browser.find_element(By.ID, "search")
    search.send_keys(Keys.ARROW_DOWN)
    assert browser.switch_to.active_element.text == "image-processor"
    browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert wait(browser, "#role-title").text == "old-batch"


def test_dark_mode_follows_the_system_and_the_button(browser: webdriver.Chrome, tmp_path: Path) -> None:
    load(browser, full_report(), tmp_path)
    background = "return getComputedStyle(document.body).backgroundColor"
    light = browser.execute_script(background)
    button = browser.find_element(By.ID, "theme")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    dark = browser.execute_script(background)
    assert dark != light
    media = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    try:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        browser.refresh()
        assert browser.execute_script(background) == dark
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_print_leaves_out_what_is_for_the_screen(browser: webdriver.Chrome, tmp_path: Path) -> None:
    load(browser, full_report(), tmp_path)
    try:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        assert not browser.find_element(By.CSS_SELECTOR, "header").is_displayed()
        assert not browser.find_element(By.ID, "filters").is_displayed()
        assert browser.find_element(By.ID, "roles").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("place", ["", *(f"#/role/{index}" for index in range(len(hostile_report().roles)))])
def test_hostile_texts_stay_text(browser: webdriver.Chrome, tmp_path: Path, place: str) -> None:
    load(browser, hostile_report(), tmp_path, place)
    scripts = browser.execute_script("return document.scripts.length")
    assert scripts == 2
    assert browser.find_elements(By.CSS_SELECTOR, "img, iframe, object, embed, link, a[href^='http']") == []
    assert complaints(browser) == []
    page = (tmp_path / "report.html").as_uri()
    asked = {url.partition("#")[0] for url in requests(browser)}
    assert asked == {page}


def test_the_policy_stops_a_script_that_got_in_all_the_same(browser: webdriver.Chrome, tmp_path: Path) -> None:
    load(browser, full_report(), tmp_path)
    browser.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.pwned = 1'; document.body.append(s);"
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.pwned = 2\">');"
    )
    assert browser.execute_script("return window.pwned") is None
    assert any("Content Security Policy" in message for message in complaints(browser))


@pytest.mark.parametrize(("media", "width"), [("print", 794), ("screen", 1280), ("screen", 500)])
@pytest.mark.parametrize("place", ["#/", "#/role/3"])
def test_nothing_of_a_real_report_stands_out_of_the_page(
    browser: webdriver.Chrome, real_page: Path, media: str, width: int, place: str
) -> None:
    size = browser.get_window_size()
    try:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media})
        browser.set_window_size(width, 1000)
        open_page(browser, real_page, place)
        assert browser.execute_script("return document.documentElement.scrollWidth - innerWidth") <= 0
        # A phone has to scroll in wide tables; elsewhere all of them is seen.
        hidden = "return [...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
        assert width == 500 or browser.execute_script(hidden) == 0
        narrowest = "return Math.min(...[...document.querySelectorAll('#roles tbody th')].map(e => e.offsetWidth))"
        assert place != "#/" or browser.execute_script(narrowest) > 60
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        browser.set_window_size(size["width"], size["height"])


def serious_violations(browser: webdriver.Chrome, scheme: str) -> list[tuple[str, list[str]]]:
    """What axe-core finds, and where."""
    browser.execute_script(f"document.documentElement.dataset.theme = '{scheme}'")
    browser.execute_script((NODE_MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = browser.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    assert len(found["passes"]) > 10
    serious = [v for v in found["violations"] if v["impact"] in {"serious", "critical"}]
    return [(v["id"], [n["html"] for n in v["nodes"]]) for v in serious]


@pytest.mark.node
@pytest.mark.parametrize("place", ["#/", "#/role/0", "#/about"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_violation(browser: webdriver.Chrome, tmp_path: Path, place: str, scheme: str) -> None:
    load(browser, full_report(), tmp_path, place)
    assert serious_violations(browser, scheme) == []


@pytest.mark.node
@pytest.mark.parametrize("place", ["#/", "#/role/3", "#/role/9", "#/coverage"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_violation_in_a_real_report(
    browser: webdriver.Chrome, real_page: Path, place: str, scheme: str
) -> None:
    open_page(browser, real_page, place)
    assert serious_violations(browser, scheme) == []


def test_two_hundred_roles_are_three_megabytes_and_search_is_quick(browser: webdriver.Chrome, tmp_path: Path) -> None:
    load(browser, large_report(200), tmp_path)
    assert (tmp_path / "report.html").stat().st_size <= 3_000_000
    took = browser.execute_script(
        "const begin = performance.now(); const s = document.getElementById('search'); s.value = 'worker-01';"
        "s.dispatchEvent(new Event('input')); return performance.now() - begin;"
    )
    assert len(names(browser)) == 100
    assert took < 1000
