"""One visit of a page: what it asked for, what went wrong in it, and pictures of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from tools.check.errors import CheckFailure


@dataclass  # Playwright keeps something of its own on it
class Visit:
    """A page that is open, and what it did besides being shown."""

    page: Page
    shots: Path | None
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def must(self, holds: bool, sentence: str) -> None:
        """Raise a CheckFailure that says what does not hold."""
        if not holds:
            raise CheckFailure(f"{self.page.title()}: {sentence}")

    def shoot(self, name: str) -> None:
        """Take a picture of the whole page, where pictures are wanted."""
        if self.shots is not None:
            self.page.screenshot(path=self.shots / f"{name}.png", full_page=True)

    def note_request(self, request: Request) -> None:
        """Keep what is asked of a network."""
        if not request.url.startswith(("file:", "data:")):
            self.requests.append(request.url)

    def note_message(self, message: ConsoleMessage) -> None:
        """Keep what the browser complains of: also what the page's policy has stopped."""
        if message.type in {"error", "warning"}:
            self.faults.append(message.text)


@contextmanager
def visiting(browser: Browser, file: Path, shots: Path | None) -> Iterator[Visit]:
    """Open a file without a network. At the end it must have asked for nothing, and run clean."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, offline=True, color_scheme="light"
    )
    try:
        visit = Visit(context.new_page(), shots)
        visit.page.on("request", visit.note_request)
        visit.page.on("console", visit.note_message)
        visit.page.on("pageerror", lambda error: visit.faults.append(str(error)))
        visit.page.goto(file.resolve().as_uri())
        yield visit
        visit.must(not visit.requests, f"it asked the network for {visit.requests[:3]}.")
        visit.must(not visit.faults, f"the browser complains: {visit.faults[:3]}.")
    finally:
        context.close()
