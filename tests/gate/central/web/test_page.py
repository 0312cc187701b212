"""The page as people see it: in headless Chromium, with screenshots in build/screenshots/."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from gate.central.view import AlarmView, Condition, Muster
from gate.central.web.serving import WebServer, WebSettings
from gate.central.wishes import Correct, Outcome, Recount, SendOrder, SetLimit
from gate.issuing import new_key
from gate.model import Utc
from tests.gate.central.web.browser import DESKTOP, PHONE, SCHEMES, Person, chromium
from tests.gate.central.web.rig import cookie_of, json_of
from tests.gate.central.web.scripted import NOON, ScriptedCentral, a_venue, a_view, write_users

SCREENSHOTS = Path(__file__).parents[4] / "build" / "screenshots"
FAST_EXIT = Muster(Utc(NOON - 900), Utc(NOON - 100), 387, 392, 310, 2)

crashes: SimpleQueue[BaseException] = SimpleQueue()
Arrive = Callable[..., Person]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def server(central: ScriptedCentral, tmp_path: Path) -> Iterator[WebServer]:
    settings = WebSettings(write_users(tmp_path / "users.json"), port=0)
    with WebServer(central, settings, crashes.put, wall=lambda: central.now.at) as server:
        server.start()
        yield server
    assert crashes.empty()


@pytest.fixture
def arrive(browser: Browser, server: WebServer) -> Iterator[Arrive]:
    """Open the page in a browser of one's own; at the end no browser may have complained."""
    people: list[Person] = []

    def arrives(**settings: Any) -> Person:
        people.append(Person(browser, **settings))
        people[-1].go_to(server)
        return people[-1]

    yield arrives
    for person in people:
        person.context.close()
        assert not person.complaints


@pytest.fixture(scope="module")
def desk(browser: Browser) -> Person:
    """A browser in English, whoever sits there."""
    return Person(browser)


@pytest.fixture
def anna(desk: Person, server: WebServer) -> Iterator[Person]:
    """At the desk, signed in."""
    desk.page.set_viewport_size(DESKTOP)
    desk.go_to(server, cookie=cookie_of(server))
    desk.arrive()
    yield desk
    desk.page.goto("about:blank")
    assert not desk.complaints


def test_the_number_is_there_and_moves_and_nothing_else_does(
    anna: Person, central: ScriptedCentral
) -> None:
    anna.shoot(SCREENSHOTS / "manager.png")
    places = {name: anna.page.locator(name).bounding_box() for name in ("#limit", "#bar", "table")}
    anna.see("387", "#inside")
    anna.see("Open", "#condition")
    anna.see("Between 385 and 388", "#bounds")

    central.show(inside=88, lower=86, upper=89, free=411)

    expect(anna.page.locator("#inside")).to_have_text("88")
    assert places == {name: anna.page.locator(name).bounding_box() for name in places}
    assert anna.page.title() == "88 / 500, Plaza Merdeka"
    assert "88 now" in anna.page.inner_text("#curve-text")


def test_each_condition_is_said_in_words(anna: Person, central: ScriptedCentral) -> None:
    for condition, words in {
        Condition.FULL: "one out, one in",
        Condition.OVER: "nobody is let in",
        Condition.RELEASED: "every lane is free",
        Condition.UNCERTAIN: "count the people inside",
    }.items():
        central.show(condition=condition)
        anna.see(words, "#condition")
        assert words in anna.page.inner_text("#spoken"), "told at once to who listens"
        assert not anna.hard_to_read()


def test_gates_and_alarms_are_told(anna: Person, central: ScriptedCentral) -> None:
    garden = anna.page.locator("tr[data-gate=garden]")
    assert "stale, last heard 4 min ago" in garden.inner_text()
    assert "Lost" in garden.inner_text()
    assert "broken: camera" in anna.page.inner_text("tr[data-gate=north-out]")
    assert "No word from garden" in anna.page.inner_text("#bounds")
    alarms = anna.page.locator("#alarms li")
    assert "A gate is lost" in alarms.first.inner_text()

    nasty = "<img src=x onerror=alert(1)>"
    newest = AlarmView(70, Utc(NOON + 5), "north-1", "forced", nasty)
    central.show(alarms=(newest, *central.now.venues[0].alarms))

    anna.see("Somebody forced the way in", "#alarms li:first-child")
    assert nasty in alarms.first.inner_text(), "text from outside is text"


def test_the_limit_is_set(anna: Person, central: ScriptedCentral) -> None:
    anna.click("Set the limit")
    assert anna.focus() == "limit-field"
    anna.page.fill("#limit-field", "601")
    anna.click("Set the limit", "#limit-dialog")
    assert anna.page.locator("#limit-field:invalid").count() == 1, "more than is licensed"
    assert not central.wishes

    central.answer = lambda _: Outcome(ok=False, code="disk")
    anna.page.fill("#limit-field", "450")
    anna.click("Set the limit", "#limit-dialog")
    anna.see("Call a technician", "#limit-dialog .answer")

    central.answer = lambda _: Outcome(ok=True, code="done")
    anna.click("Set the limit", "#limit-dialog")
    anna.see("Done.", "#said")
    assert central.wishes == [SetLimit("mall-a", 450, by="anna")] * 2
    assert anna.page.locator("dialog[open]").count() == 0


def test_a_correction_takes_a_reason(anna: Person, central: ScriptedCentral) -> None:
    anna.click("Correct")
    anna.page.fill("#correct-field", "+3")
    anna.click("Correct", "#correct-dialog")
    assert not central.wishes
    anna.page.fill("#correct-reason", "goods entrance")
    anna.click("Correct", "#correct-dialog")
    anna.see("Done.", "#said")
    assert central.wishes == [Correct("mall-a", 3, by="anna", reason="goods entrance")]


def test_a_mode_is_confirmed_and_the_key_is_asked_for_once(
    anna: Person, central: ScriptedCentral, tmp_path: Path
) -> None:
    key_file = tmp_path / "ops-1.jwk"
    key_file.write_text(json_of(new_key("ops-1")))

    def order(name: str) -> None:
        anna.page.get_by_role("button", name="Command for north-1").click()
        anna.page.get_by_role("radio", name=name).check()
        anna.click("Continue")

    order("Locked")
    anna.see("north-1: Mode: Locked?", "#confirm-title")
    anna.see("The way out stays free", "#confirm-text")
    anna.shoot(SCREENSHOTS / "confirm.png", whole=False)
    anna.click("Cancel", "#confirm-dialog")
    assert not central.wishes

    order("Locked")
    anna.click("Yes, send it")
    anna.see("Commands to gates are signed", "#key-dialog")
    anna.page.set_input_files("#key-file", key_file)
    expect(anna.page.locator("#key-field")).to_have_value(key_file.read_text())
    anna.click("Use this key")
    anna.see("Done.", "#said")
    assert anna.page.input_value("#key-field") == "", "it stays on no page"

    order("Let one person in")
    anna.click("Yes, send it")
    expect(anna.page.locator("dialog[open]")).to_have_count(0)
    words = [wish.words for wish in central.wishes if isinstance(wish, SendOrder)]
    assert words == ["mode locked by ops-1", "open_once by ops-1"]

    anna.page.reload()
    anna.click("Key ops-1: forget it")
    anna.see("The key is forgotten", "#said")
    anna.see("Operator's key…", "#key-button")


def test_what_is_on_its_way_is_not_sent_twice_and_a_late_answer_is_told(
    anna: Person, central: ScriptedCentral
) -> None:
    central.answer = lambda _: None
    anna.click("Set the limit")
    anna.click("Set the limit", "#limit-dialog")
    outcome = central.handed_over.get(timeout=10)
    central.show(inside=388)
    expect(anna.page.locator("#inside")).to_have_text("388")
    assert anna.page.locator("#limit-dialog button.primary").is_disabled()
    anna.page.locator("#limit-field").press("Enter")

    anna.click("Cancel", "#limit-dialog")
    anna.click("Set the limit")
    outcome.set_result(Outcome(ok=False, code="disk"))

    anna.see("Call a technician", "#said")
    assert anna.page.locator("#limit-dialog").is_visible(), "this one is not answered yet"
    assert anna.page.locator("#limit-dialog button.primary").is_enabled()
    assert len(central.wishes) == 1


def test_after_a_release_people_are_counted_and_the_gates_are_told(
    anna: Person, central: ScriptedCentral
) -> None:
    central.show(condition=Condition.UNCERTAIN, inside=79, lower=60, upper=97, muster=FAST_EXIT)
    central.show_gate("north-1", uncertain=True)
    anna.see("79 people may still be inside", "#muster")
    anna.see("At 11:45 there were 387 people inside", "#muster")
    anna.see("count uncertain", "tr[data-gate=north-1]")
    anna.shoot(SCREENSHOTS / "after-a-release.png")

    anna.click("Recount")
    anna.see("Uncertain: north-1", "#recount-gates")
    anna.page.fill("#recount-field", "74")
    anna.page.fill("#recount-reason", "floor by floor")
    anna.click("Recount", "#recount-dialog")
    anna.page.fill("#key-field", json_of(new_key("ops-1")))
    anna.click("Use this key")
    anna.see("Done.", "#said")

    recount, told = central.wishes
    assert recount == Recount("mall-a", 74, by="anna", reason="floor by floor")
    assert isinstance(told, SendOrder)
    assert (told.gate, told.words) == ("north-1", "recount by ops-1")


def test_the_keyboard_is_enough(arrive: Arrive, central: ScriptedCentral) -> None:
    person = arrive()
    keyboard = person.page.keyboard
    assert person.focus() == "name"
    keyboard.type("anna")
    keyboard.press("Tab")
    keyboard.type("correct horse battery")
    keyboard.press("Enter")
    person.page.wait_for_selector("main:not([hidden]) #inside")

    keyboard.press("Tab")
    assert person.focus() == "Skip to the content"
    keyboard.press("Enter")
    person.tab_to("Set the limit", most=3)
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert person.page.evaluate(outline) == "solid", "one sees where the keyboard is"
    keyboard.press("Enter")
    for _ in range(8):
        keyboard.press("Tab")
        assert person.page.evaluate("!document.activeElement.closest('main, header')")
    keyboard.press("Escape")
    assert person.focus() == "Set the limit", "back to where it was"
    keyboard.press("Enter")
    keyboard.press("Control+A")
    keyboard.type("420")
    keyboard.press("Enter")
    person.see("Done.", "#said")
    assert central.wishes == [SetLimit("mall-a", 420, by="anna")]

    person.page.locator("#main").focus()
    person.tab_to("Command", most=8)
    keyboard.press("Enter")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    person.see("north-1: Self-test?", "#confirm-title")
    keyboard.press("Escape")


def test_on_a_phone_in_indonesian(arrive: Arrive, central: ScriptedCentral) -> None:
    central.now = a_view(
        a_venue(inside=12_345, lower=12_300, upper=12_399, limit=15_000, licensed=20_000),
        a_venue("mall-b", name="Pasar Baru yang Panjang Sekali Namanya", muster=FAST_EXIT),
    )
    person = arrive(viewport=PHONE, locale="id-ID", has_touch=True, is_mobile=True)
    assert not person.hard_to_read()
    person.sign_in()
    person.see("12.345", "#inside")
    person.see("Buka", "#condition")
    assert not person.scrolls_sideways()
    for scheme in SCHEMES:
        person.page.emulate_media(color_scheme=scheme)
        person.shoot(SCREENSHOTS / f"phone-{scheme}.png")
    for name, dialog in {
        "Hitung ulang": "#recount-dialog",
        "Perintah untuk garden": "#gate-dialog",
        "Kunci operator…": "#key-dialog",
    }.items():
        person.click(name)
        assert not person.scrolls_sideways()
        assert not person.hard_to_read()
        person.click("Batal", dialog)
    person.page.get_by_role("link", name="Pasar Baru").tap()
    person.see("orang mungkin masih di dalam", "#muster")
    person.page.get_by_role("link", name="Langsung ke isi").focus()
    person.page.keyboard.press("Enter")
    central.show(inside=12_346)
    person.see("12.346", "#venues")
    person.see("Pasar Baru", "h1")
    assert not person.scrolls_sideways()


def test_on_any_screen_between(anna: Person, central: ScriptedCentral) -> None:
    central.now = a_view(a_venue(inside=12_345, limit=15_000, licensed=20_000))
    central.show_gate("garden", mode="out_of_service", faults=("camera", "thermometer"))
    anna.page.get_by_role("link", name="Indonesia").click()
    anna.see("Tidak melayani", "tr[data-gate=garden]")
    for width in (320, 700, 720, 900, 990, 1000, 1280, 1920):
        anna.page.set_viewport_size({"width": width, "height": 800})
        assert not anna.scrolls_sideways(), width
        inner = (
            "[...document.querySelectorAll('section')].filter((s) => s.scrollWidth > s.clientWidth)"
        )
        assert anna.page.evaluate(f"{inner}.map((s) => s.className)") == [], width


def test_the_language_is_switched_and_remembered(arrive: Arrive) -> None:
    person = arrive()
    person.see("Sign in", "h1")
    person.page.get_by_role("link", name="Indonesia").click()
    person.see("Masuk", "h1")
    person.sign_in()
    person.see("Jatah", "thead")
    person.page.reload()
    person.see("kabar lama", "tr[data-gate=garden]")
    person.page.get_by_role("link", name="English").click()
    person.see("stale", "tr[data-gate=garden]")
    assert person.page.get_attribute("html", "lang") == "en"


def test_a_wrong_password_is_told(arrive: Arrive) -> None:
    person = arrive()
    person.sign_in("wrong")
    person.see("Name or password is wrong", "[role=alert]")
    assert person.focus() == "password"


def test_numbers_that_stand_still_are_marked_old(
    anna: Person, central: ScriptedCentral, server: WebServer, tmp_path: Path
) -> None:
    central.now = replace(central.now, online=False, trouble="connection refused")
    anna.see("Central has lost the broker", "#banner")
    anna.see("12:00:00. connection refused", "#banner")
    anna.see("OLD NUMBER")
    assert not anna.hard_to_read()
    central.now = replace(central.now, online=True, trouble="")
    expect(anna.page.locator("#banner")).to_be_hidden()

    server.close()

    anna.see("No connection to central", "#banner")
    anna.see("OLD NUMBER")
    assert anna.page.get_by_role("button", name="Set the limit").first.is_disabled()
    assert not anna.hard_to_read()
    anna.shoot(SCREENSHOTS / "cut-off.png")

    settings = WebSettings(tmp_path / "users.json", port=server.address[1])
    with WebServer(central, settings, crashes.put) as restarted:
        restarted.start()
        anna.see("Sign in", "h1")  # a restart has forgotten every session
        anna.sign_in()
        anna.see("Live", "#link")


def test_who_is_signed_out_sees_no_more(anna: Person, central: ScriptedCentral) -> None:
    other = anna.context.new_page()
    other.goto(anna.page.url)
    other.get_by_role("button", name="Sign out (anna)").click()
    anna.see("Sign in", "h1")
    other.close()
    central.show(inside=388)
