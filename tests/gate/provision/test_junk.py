"""Whatever lies on the card is taken over or refused in words: never half, and no traceback."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.gate.provision.cards import PASSWORD, WIFI, card
from tests.gate.provision.conftest import MEMORY
from tests.gate.provision.devices import configured, jwks
from tests.gate.provision.test_small_file import JUNK

GOOD = card()
BYTES = st.binary(max_size=40) | st.sampled_from(JUNK)


@settings(max_examples=15, deadline=None)
@example(small=b"", keys=b"", certificate=b"")
@example(small=GOOD, keys=b"\x00" * 600, certificate=b"")
@given(
    small=st.builds(
        lambda junk, at, cut: GOOD[:at] + junk + GOOD[at + cut :],
        BYTES,
        st.integers(0, len(GOOD)),
        st.sampled_from([0, 1, 9, len(GOOD)]),
    ),
    keys=st.just(b"") | BYTES | st.just(jwks(version=9)),
    certificate=BYTES,
)
def test_junk_on_the_card_changes_nothing(small: bytes, keys: bytes, certificate: bytes) -> None:
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        device = configured(Path(folder))
        before = device.everything()
        outcome = device.provision(small, keys_json=keys, gate_crt=certificate)
        after = device.everything()
        if outcome.problems:
            on_card = {name: data for name, data in after.items() if name.startswith("boot/")}
            assert after == {**before, **on_card}
            assert on_card["boot/firmware/gate.toml"] == small
            assert not any(secret in device.log() for secret in (PASSWORD, WIFI))
            assert device.log().isascii() or device.log().replace("\r\n", "").isprintable()
        else:
            assert not device.provision().changed
