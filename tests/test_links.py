"""Links in the documents lead somewhere: each file is there, and each heading in it."""

import re
from functools import cache
from pathlib import Path

import pytest

from gate.cli import VERBS

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
MENTIONED = re.compile(r"\bdocs/[a-z0-9_-]+\.(?:md|svg|png|json)\b")


@cache
def prose(page: Path) -> str:
    """A page without what stands in it as code."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


@cache
def anchors(page: Path) -> frozenset[str]:
    """As GitHub makes them of headings, and those that are written out."""
    found = set(re.findall(r'<a (?:id|name)="([^"]+)"', prose(page)))
    for heading in re.findall(r"^#{1,6} (.+)$", prose(page), re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
        found.add(re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-"))
    return frozenset(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    dead = []
    for link in LINK.findall(prose(page)):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert not dead


def test_each_page_that_the_programs_name_is_there() -> None:
    """In what they say, in units and configurations."""
    named = {
        found
        for folder in ("gate", "drivers", "systemd", "config")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".toml", ".service", ".conf"}
        for found in MENTIONED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_overview_has_a_row_for_each_command() -> None:
    rows = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [verb for verb in VERBS if not re.search(rf"^\|.*`gate {verb}\b", rows, re.M)] == []


def test_each_page_is_named_in_the_overview() -> None:
    overview = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [
        page.name
        for page in PAGES
        if page.parent.name == "docs" and f"docs/{page.name}" not in overview
    ] == []
