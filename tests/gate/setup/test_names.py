from pathlib import Path

from gate.setup.names import HOST_NAME, SERIAL, names_of


def test_a_device_is_called_by_its_serial_number_and_its_host_name(tmp_path: Path) -> None:
    assert names_of(tmp_path) == frozenset()
    for place, text in ((SERIAL, "10000000abcdef01\0"), (HOST_NAME, "gate-t01\n")):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text)

    assert names_of(tmp_path) == {"10000000abcdef01", "gate-t01"}
