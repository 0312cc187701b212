"""A headless Chromium, and what a person does in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from gate.central.web.serving import WebServer
from tests.gate.central.web.scripted import NAME, PASSWORD

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WITHIN_MS = 15_000
expect.set_options(timeout=WITHIN_MS)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}

CONTRAST = """
() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement, style = getComputedStyle(element);
    if (!walk.currentNode.textContent.trim()) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest("script, .visually-hidden, .skip, :disabled, svg, template")) continue;
    const [a, b] = [light(parse(style.color)), light(ground(element))].sort((m, n) => n - m);
    const px = parseFloat(style.fontSize), bold = style.fontWeight >= 700;
    const least = px >= 24 || (bold && px >= 18.66) ? 3 : 4.5;
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least) poor.push(`${walk.currentNode.textContent.trim()}: ${ratio.toFixed(2)}`);
  }
  return poor;
}
"""
"""The texts whose contrast is below WCAG 2.2's level AA (1.4.3)."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's; without it the tests fail, they are not skipped."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, browser: Browser, **settings: Any) -> None:
        usual = {"viewport": DESKTOP, "locale": "en-US", "timezone_id": "Asia/Jakarta"}
        self.context = browser.new_context(**{**usual, **settings})
        self.context.set_default_timeout(WITHIN_MS)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        """What the browser has complained of: scripts, and what the policy forbids. An answer
        that is a refusal is none."""
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._note)

    def go_to(self, server: WebServer, *, cookie: tuple[str, str] | None = None) -> None:
        """Open the page, as nobody or with the cookie of a session, and with no other."""
        self.context.clear_cookies()
        if cookie is not None:
            name, value = cookie
            self.context.add_cookies([{"name": name, "value": value, "url": server.url}])
        self.page.goto(server.url)

    def _note(self, said: ConsoleMessage) -> None:
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            self.complaints.append(said.text)

    def sign_in(self, password: str = PASSWORD) -> None:
        """With name and password; the page is there when it was right."""
        self.page.fill("#name", NAME)
        self.page.fill("#password", password)
        self.page.click("button.primary")
        if password == PASSWORD:
            self.arrive()

    def arrive(self) -> None:
        """Wait until the page has a number."""
        self.page.wait_for_selector("main:not([hidden]) #inside")

    def see(self, text: str, where: str = "body") -> None:
        """Wait until it stands there, to be seen."""
        self.page.locator(where, has_text=text).first.wait_for(state="visible")

    def click(self, name: str, where: str = "body") -> None:
        """Press the button of that name."""
        self.page.locator(where).get_by_role("button", name=name, exact=True).first.click()

    def focus(self) -> str:
        """Where the keyboard is: an id, or the text of what has it."""
        return str(
            self.page.evaluate(
                "document.activeElement.id || document.activeElement.textContent.trim()"
            )
        )

    def tab_to(self, where: str, most: int = 40) -> None:
        """Press Tab until the keyboard is there."""
        for _ in range(most):
            if where in self.focus():
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{where} cannot be reached by keyboard")

    def shoot(self, path: Path, *, whole: bool = True) -> None:
        """Take a picture."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, full_page=whole, animations="disabled")

    def hard_to_read(self) -> list[str]:
        """Texts of too little contrast, in light and dark."""
        poor: list[str] = []
        for scheme in SCHEMES:
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            poor += self.page.evaluate(CONTRAST)
        self.page.emulate_media(color_scheme="light")
        return poor

    def scrolls_sideways(self) -> bool:
        """Whether anything is wider than the screen."""
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        return bool(self.page.evaluate(wide))
