"""The direction of imports: the house stays as docs/architecture.md draws it."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PURE = [
    "model",
    "events",
    "state",
    "machine",
    "serving",
    "posture",
    "relay",
    "passage",
    "sign1",
    "orders",
    "obeying",
    "kept",
    "quota",
    "venue",
    "elsewhere",
    "neighbours",
    "allowance",
    "walker",
    "occupancy",
    "chain",
    "visits",
    "inputs",
    "outbox",
    "payloads/base",
    "payloads/gate",
    "payloads/central",
    "wording",
    "life",
    "topics",
    "talk",
    "watching",
    "progress",
    "acl",
    "timekeeping",
    *(f"eyes/{name}" for name in ("backdrop", "in_view", "legible", "presence", "scan_figures")),
    *(f"eyes/{name}" for name in ("sharpness", "sight")),
    *(f"temperature/{name}" for name in ("ambient", "calibration", "criteria", "health")),
    *(f"temperature/{name}" for name in ("identity", "population", "samples", "screening")),
    "temperature/noise",
    *(f"temperature/{name}" for name in ("skin", "standing", "thermometer", "transfers")),
    *(f"setup/{name}" for name in ("code", "dictionary", "parts", "used")),
    *(f"setup/{name}" for name in ("wifi", "wording")),
    *(f"wiring/{name}" for name in ("header", "plan", "bounce", "cautions", "levels", "table")),
    "bundle/redaction",
    *(f"wiring/{name}" for name in ("shapes", "blocks", "safety", "drawing", "text")),
    "certificates",
    *(f"provision/{name}" for name in ("boot_config", "card", "documents", "enrolment", "held")),
    *(f"provision/{name}" for name in ("mistakes", "network", "plan", "record", "redacting")),
    *(f"provision/{name}" for name in ("report", "sections", "small_file", "steps")),
    "provision/toml_places",
    "releases/trial",
    *(f"doctor/{name}" for name in ("finding", "sandbox")),
    *(f"doctor/probes/{name}" for name in ("broker", "camera", "lane", "relay", "sensors")),
    "doctor/probes/thermometer",
    *(f"fleet/{name}" for name in ("authority", "broker", "columns", "devices", "table")),
    "fleet/volumes",
    *(f"central/{name}" for name in ("view", "wishes", "link", "epoch", "marks", "capacity")),
    *(f"central/{name}" for name in ("demand", "lane", "occupancy", "passback", "day")),
    *(f"central/web/{name}" for name in ("asked", "picture", "rates", "sessions", "wording")),
]
CONTRACT = {"gate.payloads", "gate.model", "gate.topics", "gate.orders"}
"""What central and gates have in common."""

MEETING_PLACES = {
    "gate/app.py",
    "gate/carriers.py",
    "gate/failures.py",
    "gate/hardware.py",
    "gate/releases/__main__.py",  # what the Debian package runs
}
SHELL_ONLY = {
    "threading",
    "queue",
    "socket",
    "sqlite3",
    "time",
    "subprocess",
    "selectors",
    "select",
}
THE_DISK = {"gate/store.py", "gate/opening.py", "gate/tables.py", "gate/tasks.py", "gate/writer.py"}
"""Who carries what is known of people in general to the disk and back."""

AROUND = {
    "provision": set(),
    "setup": {"provision"},
    "fleet": {"provision"},
    "bundle": {"provision"},
    "releases": set(),
    "wiring": set(),
    "doctor": {"provision", "releases", "wiring"},
}
"""What makes a device of the lane: which packages each may know."""

THE_FORM = "gate.doctor.finding"
"""Whoever reports to a technician does it in this form."""

ON_A_PI_ONLY = {"picamera2", "libcamera", "lgpio"}
THE_PAGES_OWN = {"starlette", "uvicorn", "argon2", "jinja2", "h11", "anyio"}
PAGE = ("gate/central/web/", "gate/commands/central/")
LONGEST = 320


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@cache
def imports(path: Path, *, top_level_only: bool = False) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return frozenset(found)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", modules("drivers"), ids=name)
def test_a_driver_knows_nothing_of_the_gate(path: Path) -> None:
    assert not [module for module in imports(path) if module.split(".")[0] == "gate"]


@pytest.mark.parametrize("path", modules("gate"), ids=name)
def test_gate_and_drivers_meet_only_where_the_parts_are_put_together(path: Path) -> None:
    if name(path) in MEETING_PLACES or name(path).startswith("gate/commands/"):
        return
    assert not [module for module in imports(path) if module.split(".")[0] == "drivers"]


@pytest.mark.parametrize("path", modules("gate/central"), ids=name)
def test_central_shares_the_contract_with_the_gate_and_nothing_else(path: Path) -> None:
    ours = {found for found in imports(path) if found.split(".")[0] == "gate"}
    # The page reads an operator's private key, as `gate.issuing` writes it.
    shared = CONTRACT | ({"gate.issuing"} if name(path).startswith(PAGE) else set())
    assert not [
        found
        for found in ours
        if not found.startswith("gate.central") and ".".join(found.split(".")[:2]) not in shared
    ]


@pytest.mark.parametrize("package", AROUND)
def test_the_packages_around_the_daemon_know_each_other_one_way(package: str) -> None:
    known = {
        found.split(".")[1]
        for path in modules(f"gate/{package}")
        for found in imports(path)
        if found.startswith("gate.") and found != THE_FORM
    }
    assert known & set(AROUND) <= AROUND[package] | {package}


def test_the_daemon_imports_nothing_that_stands_around_it_but_the_reading_of_codes() -> None:
    """A lane is there as soon as it was, whatever a device can do besides."""
    seen, wanted = set[Path](), {ROOT / "gate/commands/run.py", ROOT / "gate/app.py"}
    while wanted:
        path = wanted.pop()
        seen.add(path)
        for found in imports(path, top_level_only=True):
            place = ROOT / found.replace(".", "/")
            there = {place.with_suffix(".py"), place / "__init__.py"}
            wanted |= {it for it in there if it.is_file() and found.startswith("gate.")} - seen
    assert ROOT / "gate/control.py" in seen
    around = {path for path in seen if path.relative_to(ROOT).parts[1] in AROUND}
    assert {path.parent.name for path in around} == {"setup"}
    assert ROOT / "gate/setup/taking.py" not in around


@pytest.mark.parametrize("path", modules("gate"), ids=name)
def test_what_people_are_like_leads_to_no_verdict_and_no_limit(path: Path) -> None:
    """Drift is told, never made up for: who screens or decides cannot even ask for it."""
    if name(path) not in THE_DISK | {"gate/temperature/upkeep.py"}:
        assert "gate.temperature.population" not in imports(path)
    if name(path) not in THE_DISK | {"gate/app.py", "gate/carriers.py"}:
        assert "gate.temperature.upkeep" not in imports(path)


@pytest.mark.parametrize("module", PURE)
def test_the_pure_core_knows_no_thread_no_clock_and_no_disk(module: str) -> None:
    used = {found.split(".")[0] for found in imports(ROOT / "gate" / f"{module}.py")}
    assert not used & SHELL_ONLY
    assert "gate.clock" not in imports(ROOT / "gate" / f"{module}.py")


@pytest.mark.parametrize("path", [*modules("gate"), *modules("drivers")], ids=name)
def test_what_only_a_pi_has_is_imported_only_in_the_branch_that_uses_it(path: Path) -> None:
    used = {found.split(".")[0] for found in imports(path, top_level_only=True)}
    assert not used & ON_A_PI_ONLY
    if not name(path).startswith(("drivers/simulated/", "gate/commands/")):
        top = imports(path, top_level_only=True)
        assert not [found for found in top if found.startswith("drivers.simulated")]


@pytest.mark.parametrize("path", [*modules("gate"), *modules("drivers")], ids=name)
def test_no_lane_and_no_count_needs_the_libraries_of_the_page(path: Path) -> None:
    if not name(path).startswith(PAGE):
        used = imports(path)
        assert not {found.split(".")[0] for found in used} & THE_PAGES_OWN
        assert not [found for found in used if found.startswith("gate.central.web")]


@pytest.mark.parametrize("path", [*modules("gate"), *modules("drivers")], ids=name)
def test_no_module_is_longer_than_one_responsibility(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_the_thermometer_never_asks_blinka_which_board_this_is() -> None:
    """`import board` may start a dialogue with pip on a terminal."""
    for path in [*modules("gate"), *modules("drivers")]:
        assert "board" not in imports(path), path
