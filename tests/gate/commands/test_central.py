"""`gate central`, as it is called from a shell."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from drivers.simulated.broker import Broker
from gate.events import Count
from gate.model import Direction, Reason
from tests.assembled import Gate

SOON_S = 15.0
VENUE = """
[[venue]]
id = "mall"
district = "jkt"
gates = ["t01-a"]
capacity = 50
"""


def config(tmp_path: Path, port: int = 1) -> Path:
    file = tmp_path / "central.toml"
    file.write_text(
        f'[central]\ndata_dir = "data"\n[mqtt]\nhost = "127.0.0.1"\nport = {port}\n'
        f"[web]\nport = 0\n{VENUE}",
        encoding="utf-8",
    )
    return file


def start(*words: str | Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "gate", "central", *map(str, words)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )


def ended(*words: str | Path) -> tuple[int, str]:
    with start(*words) as process:
        out, err = process.communicate(timeout=SOON_S)
        return process.returncode, out + err


def test_a_good_file_is_checked_and_a_bad_one_refused_with_everything_wrong(
    tmp_path: Path,
) -> None:
    file = config(tmp_path)
    assert ended("--config", file, "--check") == (0, f"{file}: 1 venues, nothing wrong\n")

    file.write_text(file.read_text().replace("capacity = 50", "capacity = -1\nroom = 3"))
    code, said = ended("--config", file)
    assert code == os.EX_CONFIG
    assert "venue.0.capacity" in said
    assert "venue.0.room" in said


def test_without_somebody_who_may_sign_in_there_is_no_page_and_the_way_out_is_told(
    tmp_path: Path,
) -> None:
    code, said = ended("--config", config(tmp_path), "--web")

    assert code == os.EX_CONFIG
    assert "gate central user" in said


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    file = config(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "central.db").write_bytes(b"somebody's letter" * 100)

    code, said = ended("--config", file)
    assert (code, "not a database" in said) == (1, True)
    assert (tmp_path / "data" / "central.db").read_bytes().startswith(b"somebody's letter")


def test_killed_it_goes_on_where_its_disk_ends_and_a_second_one_does_not_start(
    tmp_path: Path, broker: Broker
) -> None:
    file = config(tmp_path, broker.port)
    gate = Gate(tmp_path / "a.db", broker.port)
    with start("--config", file) as central:
        gate.record(*[Count(Direction.IN, Reason.ATTENDANT)] * 3)
        while gate.acknowledged.get(timeout=SOON_S) < 3:
            pass
        code, said = ended("--config", file)
        assert (code, "another gate central" in said) == (os.EX_CONFIG, True)
        central.send_signal(signal.SIGKILL)
        central.wait(SOON_S)
    gate.record(*[Count(Direction.IN, Reason.ATTENDANT)] * 2)
    with start("--config", file) as again:
        while gate.acknowledged.get(timeout=SOON_S) < 5:
            pass
        again.send_signal(signal.SIGTERM)
        assert again.wait(SOON_S) == 0
    gate.close()
