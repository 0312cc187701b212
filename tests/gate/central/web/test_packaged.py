"""The page works from an installed wheel: its files are package data."""

import ast
from fnmatch import fnmatch
from pathlib import Path

from gate.central import web

HERE = Path(web.__file__).parent
SETUP = Path(__file__).parents[4] / "setup.py"


def package_data() -> list[str]:
    """The patterns in setup.py."""
    for node in ast.walk(ast.parse(SETUP.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "package_data":
            return list(ast.literal_eval(node.value)["gate.central.web"])
    raise AssertionError("setup.py has no package_data")


def test_every_file_of_the_page_is_package_data() -> None:
    files = [path.relative_to(HERE).as_posix() for path in HERE.rglob("*") if path.is_file()]
    own = [name for name in files if not name.endswith((".py", ".pyc"))]
    assert len(own) > 10
    assert not [name for name in own if not any(fnmatch(name, one) for one in package_data())]
