"""The usage report's page of 100,000 calls of 50 apps: sorted, filtered, walked, printed."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Locator

from tools.check.browser.sample_calls import HOSTILE_NAME, write_sample
from tools.check.browser.visit import Visit, visiting
from tools.check.errors import CheckFailure
from tools.usage.database import open_database

_CALLS, _APPS = 100_000, 50
_LARGEST = 3_000_000
_SECONDS = 120
_READABLE = 4.5  # WCAG 2.2, 1.4.3: contrast of text
# What a theme's texts are read on, measured as WCAG defines contrast.
_CONTRASTS = """() => {
  const probe = document.body.appendChild(document.createElement("i"));
  const light = (name) => {
    probe.style.color = `var(--${name})`;
    const channels = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const [r, g, b] = channels.map((each) => each / 255)
      .map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratios = ["ink", "soft", "accent", "bad", "warn", "good"].map((name) => {
    const [low, high] = [light(name), light("card")].sort((a, b) => a - b);
    return [name, (high + 0.05) / (low + 0.05)];
  });
  probe.remove();
  return ratios;
}"""


def check_usage_page(browser: Browser, folder: Path, shots: Path | None) -> str:
    """Check it, and return what was found in a sentence."""
    page = folder / "usage.html"
    database = folder / "usage.sqlite"
    write_sample(open_database(str(database)), _CALLS, _APPS, datetime.now(UTC))
    command = ["report", "--database", str(database), "--html", str(page)]
    done = subprocess.run(
        [sys.executable, "-m", "tools.usage", *command],
        capture_output=True,
        check=False,
        text=True,
        timeout=_SECONDS,
    )
    if done.returncode:
        raise CheckFailure(f"the report ended with {done.returncode}: {done.stderr.strip()}")
    with visiting(browser, page, shots) as visit:
        size = page.stat().st_size
        visit.must(size < _LARGEST, f"it has {size:,} bytes, not less than {_LARGEST:,}.")
        for step in (
            _names_are_text,
            _themes,
            _prints,
            _sorts,
            _filters,
            _tabs,
            _walks_the_chart,
            _chooses_apps,
            _fits_a_phone,
        ):
            step(visit)
    return f"usage report: {_CALLS:,} calls of {_APPS} apps on a page of {size / 1e6:.1f} MB"


def _names_are_text(visit: Visit) -> None:
    shown = visit.page.locator("#panel-app tbody th").all_text_contents()
    visit.must(any(HOSTILE_NAME in text for text in shown), "a hostile name is not shown as text.")
    visit.must(visit.page.locator("b", has_text="Bold").count() == 0, "a name became markup.")


def _sorts(visit: Visit) -> None:
    table = visit.page.locator("#panel-app table")
    header = table.locator("thead th", has_text="Cost")
    dearest = _numbers(table.locator("td.cost"))
    visit.must(
        header.get_attribute("aria-sort") == "descending", "it does not say its first order."
    )
    visit.must(dearest == sorted(dearest, reverse=True), "the dearest app is not the first.")
    header.get_by_role("button").press("Enter")
    cheapest = _numbers(table.locator("td.cost"))
    visit.must(header.get_attribute("aria-sort") == "ascending", "Enter does not turn the order.")
    visit.must(cheapest == dearest[::-1], "costs are not sorted upwards.")
    header.get_by_role("button").click()
    visit.must(_numbers(table.locator("td.cost")) == dearest, "a click does not turn it back.")
    table.locator("thead th").first.get_by_role("button").press("Space")
    names = table.locator("tbody th").all_text_contents()
    visit.must(names[0] < names[-1], "names are not sorted.")
    visit.must(table.locator("[aria-sort]").count() == 1, "two columns say that they are sorted.")


def _filters(visit: Visit) -> None:
    page = visit.page
    page.get_by_label("Filter").fill("TRIAGE")
    rows = page.locator("#panel-app tbody tr:visible th").all_text_contents()
    visit.must(len(rows) > 1 and all("triage" in row for row in rows), "the filter does not hold.")
    said = page.locator("#found").text_content() or ""
    visit.must(said.startswith(f"{len(rows)} of {_APPS + 1} rows"), f"it counts {said!r}.")
    page.get_by_label("Filter").fill("")


def _tabs(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("tab", name="Apps", exact=True).focus()
    page.keyboard.press("ArrowRight")
    visit.must(page.locator("#panel-model").is_visible(), "the arrow does not open the next table.")
    visit.must(page.locator(".panel:visible").count() == 1, "two tables are shown.")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    visit.must(outline != "none", "the chosen tab has no focus ring.")
    page.keyboard.press("Home")
    visit.must(page.locator("#panel-app").is_visible(), "Home does not open the first table.")


def _walks_the_chart(visit: Visit) -> None:
    page = visit.page
    page.locator("#plot").focus()
    page.keyboard.press("ArrowLeft")
    said = page.locator("#said").text_content() or ""
    visit.must(said.count(";") > 1, f"a day's costs are not read out: {said!r}.")
    visit.must(page.locator("#tip").is_visible(), "a day's costs are not shown.")
    page.keyboard.press("Escape")
    visit.must(page.locator("#tip").is_hidden(), "Escape does not close them.")


def _chooses_apps(visit: Visit) -> None:
    bars = visit.page.locator("#plot .stack rect.s0")
    heights = [bar.get_attribute("height") for bar in bars.all()]
    button = visit.page.locator("[data-series='0']")
    button.click()
    visit.must(button.get_attribute("aria-pressed") == "false", "an app does not look left out.")
    left = {bar.get_attribute("height") for bar in bars.all()}
    visit.must(left == {"0"}, "an app that was left out is still drawn.")
    button.click()
    again = [bar.get_attribute("height") for bar in bars.all()]
    visit.must(again == heights and len(set(heights)) > 1, "an app does not come back as it was.")


def _themes(visit: Visit) -> None:
    page = visit.page
    grounds = {}
    for theme in ("Light", "Dark"):
        page.get_by_role("button", name=theme).click()
        grounds[theme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        for name, ratio in page.evaluate(_CONTRASTS):
            visit.must(ratio >= _READABLE, f"{theme}: --{name} has a contrast of {ratio:.1f}.")
        visit.shoot(f"usage-{theme.lower()}")
    visit.must(grounds["Light"] != grounds["Dark"], "both themes look the same.")
    page.get_by_role("button", name="Auto").click()
    page.emulate_media(color_scheme="dark")
    own = page.evaluate("getComputedStyle(document.body).backgroundColor")
    visit.must(own == grounds["Dark"], "it does not follow the reader's system.")


def _prints(visit: Visit) -> None:
    # Printed from a dark screen it must still be dark on light.
    pdf = visit.page.pdf(prefer_css_page_size=True)
    visit.must(pdf.startswith(b"%PDF"), "it cannot be printed.")
    visit.page.emulate_media(media="print")
    ink = visit.page.evaluate("getComputedStyle(document.body).color")
    visit.must(ink == "rgb(20, 24, 31)", f"it is printed in {ink}.")
    visit.must(visit.page.locator(".tabs").is_hidden(), "buttons are printed.")
    if visit.shots is not None:
        (visit.shots / "usage.pdf").write_bytes(pdf)
    visit.shoot("usage-print")
    visit.page.emulate_media(media="screen", color_scheme="light")


def _fits_a_phone(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.shoot("usage-phone")
    wide = visit.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    visit.must(wide <= 0, f"on a phone it is {wide} pixels too wide.")


def _numbers(cells: Locator) -> list[float]:
    values = cells.evaluate_all("cells => cells.map((cell) => cell.dataset.v)")
    return [float(value) for value in values if value]
