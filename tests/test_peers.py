"""docs/peers.md, and the table of docs/mqtt.md: mistakes of others, and the tests against them."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEADS = ("| mistake |", "| what happened |", "| what paho does |")


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line[:2] == "| " and not line.startswith(HEADS)]


MQTT = (ROOT / "docs" / "mqtt.md").read_text(encoding="utf-8")
ROWS = rows((ROOT / "docs" / "peers.md").read_text(encoding="utf-8"))
PAHO = rows(MQTT[MQTT.index("## What paho does") :])


@pytest.mark.parametrize("row", ROWS + PAHO, ids=lambda row: row.split("|")[1].strip())
def test_each_mistake_of_others_has_tests_that_exist(row: str) -> None:
    named = re.findall(r"`([^`]+\.py)::(\w+)`", row)

    assert named, "no test is named"
    for file, test in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_tables_are_not_empty() -> None:
    assert len(ROWS) >= 20
    assert len(PAHO) >= 12
