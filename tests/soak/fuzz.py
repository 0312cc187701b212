"""atheris on the way from a text to a verdict; run by `tests.soak`, in a process of its own.

Three texts are made of each input: the bytes themselves, the bytes as the message of a pass, and
the bytes as the claims of a pass that is signed as it should be. What comes out is a pass or a
refusal, within 20 ms, and a pass only where we have signed one.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

LIMIT_S = 0.02
RUN_S = 30
_DONE = re.compile(r"Done (\d+) runs in (\d+) second")


def fuzzed(seed: int) -> None:
    """Half a minute of inputs from one seed; raises where one was too much."""
    with TemporaryDirectory(prefix="gate-fuzz-") as name:
        folder = Path(name)
        _write_corpus(folder / "corpus")
        command = [sys.executable, "-m", __name__, str(folder / "corpus"), f"-seed={seed}"]
        limits = [f"-max_total_time={RUN_S}", "-max_len=1000", "-timeout=2", "-rss_limit_mb=512"]
        done = subprocess.run(
            [*command, *limits, f"-artifact_prefix={folder}/"],
            capture_output=True,
            text=True,
            check=False,
        )
    found = _DONE.search(done.stderr)
    assert done.returncode == 0, done.stderr[-3000:]
    assert found, done.stderr[-3000:]
    slowest = done.stdout.strip().splitlines()[-1:]
    sys.stdout.write(f"  {found[1]} inputs in {found[2]} s, {' '.join(slowest)}\n")
    sys.stdout.flush()


def _write_corpus(folder: Path) -> None:
    from tests.vectors import message_of, vectors  # noqa: PLC0415 - not under instrumentation

    folder.mkdir()
    for number, vector in enumerate(vectors()):
        (folder / f"text-{number}").write_bytes(vector.text.encode())
        if vector.answer == "accepted":
            (folder / f"claims-{number}").write_bytes(message_of(vector.text)[2])


def main() -> None:
    """The process that is instrumented; its arguments are libFuzzer's."""
    import atheris  # noqa: PLC0415 - only here

    with atheris.instrument_imports(include=["gate.passes", "gate.desk", "gate.keys"]):
        from gate.passes import verify  # noqa: PLC0415
    from base45 import b45encode  # noqa: PLC0415
    from cwt import COSE, COSEKey  # noqa: PLC0415

    from gate.keys import parse_keys  # noqa: PLC0415
    from gate.model import Pass, Refusal  # noqa: PLC0415
    from tests.vectors import ISSUER, NOON, VENUE, WRITTEN_KEYS, vectors  # noqa: PLC0415

    keys = parse_keys(json.dumps(WRITTEN_KEYS).encode(), source="the vectors")
    signer = COSEKey.from_jwk(dict(ISSUER))
    genuine = {vector.text.encode() for vector in vectors() if vector.answer != "bad_signature"}
    slowest = 0.0

    def took(text: bytes) -> tuple[Pass | Refusal, float]:
        began = time.thread_time()  # of the processor: the machine has other things to do
        answer = verify(text, keys=keys, venue=VENUE, now=NOON, skew_s=60.0)
        return answer, time.thread_time() - began

    def look(text: bytes, *, signed: bool) -> None:
        nonlocal slowest
        answer, seconds = took(text)
        assert isinstance(answer, Refusal) or signed or text in genuine, f"a forged pass: {text!r}"
        if seconds > LIMIT_S:
            seconds = min(took(text)[1] for _ in range(5))
            assert seconds <= LIMIT_S, f"{seconds * 1000:.0f} ms for {text!r}"
        if seconds > slowest:
            slowest = seconds
            sys.stdout.write(f"slowest {slowest * 1000:.2f} ms\n")
            sys.stdout.flush()

    def one_input(data: bytes) -> None:
        look(data, signed=False)
        look(b"AB1:" + b45encode(data), signed=False)
        header = {1: -8, 4: ISSUER["kid"].encode()}
        message = COSE.new().encode_and_sign(data, signer, protected=header)
        look(b"AB1:" + b45encode(message), signed=True)

    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
