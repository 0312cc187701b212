"""What the tests of the probes have in common: a lane's file, and a probe as a shell sees it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gate.cli import app
from gate.config import load
from gate.model import Monotonic
from gate.status import Answer, StatusServer
from tests.gate.configs import Changes, text_of


def configured(folder: Path, changes: Changes) -> Path:
    file = folder / "gate.toml"
    file.write_text(text_of({**changes, "gate": {"data_dir": "."}}), encoding="utf-8")
    return file


def probe(*words: str | Path, said: str | None = None) -> Result:
    """`said` is what somebody types."""
    result = CliRunner().invoke(app, ["probe", *map(str, words)], input=said)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def told(result: Result) -> dict[str, Any]:
    """The one JSON object, and the codes in it."""
    answer: dict[str, Any] = json.loads(result.stdout)
    assert answer["schema"] == "aman.probe/1"
    assert result.exit_code == ["good", "warning", "broken"].index(answer["level"])
    return {**answer, "codes": {it["code"] for it in answer["findings"] if it["code"]}}


@contextmanager
def running(file: Path, **answers: Callable[[], Answer]) -> Iterator[None]:
    """A lane that answers these questions on its status socket."""
    with StatusServer(
        path=load(file).status_socket,
        questions=answers,
        on_crash=lambda error: pytest.fail(str(error)),
        clock=lambda: Monotonic(0.0),
    ) as server:
        server.start()
        yield
