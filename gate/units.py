"""Our units (systemd/), and what systemd says of one. The standard library alone."""

from gate.process import Runner

LANE = "gate.service"
CENTRAL = "gate-central.service"
PROVISION = "gate-provision.service"
UPDATE = "gate-update.service"
SETUP = "gate-setup.service"
SETUP_CODE = "gate-setup-code.service"
CLOCK = "gate-clock.service"

SERVICES = (LANE, CENTRAL, PROVISION, UPDATE, SETUP, SETUP_CODE, CLOCK)


def properties(run: Runner, unit: str, *names: str, timeout_s: float = 30.0) -> dict[str, str]:
    """Properties of a unit, of the manager for ""; empty where there is no systemd."""
    asked = (*([unit] if unit else []), f"--property={','.join(names)}")
    done = run("systemctl", "show", *asked, timeout_s=timeout_s)
    rows = done.out.splitlines() if done.ok else []
    return dict(row.split("=", 1) for row in rows if "=" in row)
