"""docs/peers.md: the mistakes of others, and the tests that exclude them."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = [
    line
    for line in (ROOT / "docs" / "peers.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| mistake |", "| what happened |"))
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_each_mistake_of_others_has_tests_that_exist(row: str) -> None:
    named = re.findall(r"`([^`]+\.py)::(\w+)`", row)

    assert named, "no test is named"
    for file, test in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_table_is_not_empty() -> None:
    assert len(ROWS) >= 20
