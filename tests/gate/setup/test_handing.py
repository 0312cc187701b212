"""A gate in service hands set-up codes on, and only while its key switch is turned."""

from dataclasses import dataclass
from pathlib import Path

from gate.setup.code import Part, put_together, read_part
from gate.setup.handing import NAME, Handing, folder_in
from tests.gate.setup.codes import a_code, large, texts_of


@dataclass
class Switch:
    turned: bool = True


def handing(folder: Path | None, switch: Switch | None = None) -> Handing:
    turned = switch or Switch()
    return Handing(folder=folder, keyed=lambda: turned.turned)


def message(texts: list[bytes]) -> object:
    parts = [read_part(text) for text in texts]
    return put_together([part for part in parts if isinstance(part, Part)])


def test_a_code_is_handed_on_whole_while_the_key_is_turned(tmp_path: Path) -> None:
    texts = texts_of(a_code(file=large(1_700)))
    hands = handing(tmp_path)

    assert [hands.offer(text) for text in reversed(texts)] == [True, True, True]

    assert (tmp_path / NAME).read_bytes() == message(texts)


def test_without_the_key_it_is_one_more_text_that_is_no_pass(tmp_path: Path) -> None:
    switch = Switch(turned=False)
    hands = handing(tmp_path, switch)
    assert not any(hands.offer(text) for text in texts_of(a_code()))
    assert [*tmp_path.iterdir()] == []

    switch.turned = True
    first, *others = texts_of(a_code(file=large(1_700)))
    hands.offer(first)
    switch.turned = False
    hands.offer(first)  # somebody turned it back: what was begun is forgotten
    switch.turned = True
    for text in others:
        hands.offer(text)

    assert [*tmp_path.iterdir()] == []


def test_passes_and_wifi_codes_are_the_lanes_business_in_any_case(tmp_path: Path) -> None:
    hands = handing(tmp_path)

    assert not hands.offer(b"AB1:6BF")
    assert not hands.offer(b"WIFI:T:WPA;S:x;P:12345678;;")
    assert [*tmp_path.iterdir()] == []


def test_a_code_that_is_damaged_or_cannot_be_handed_on_disturbs_nobody(tmp_path: Path) -> None:
    assert handing(tmp_path).offer(b"AS1:nonsense")
    assert handing(tmp_path / "gone").offer(texts_of(a_code())[0])
    assert [*tmp_path.iterdir()] == []


def test_a_daemon_without_a_runtime_directory_hands_nothing_on() -> None:
    assert folder_in({}) is None
    assert folder_in({"RUNTIME_DIRECTORY": "/run/gate:/run/other"}) == Path("/run/gate")
    assert not handing(None).offer(texts_of(a_code())[0])
