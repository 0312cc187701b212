"""The power fails after each single step of a set-up: a code counts once all the same."""

import json
from pathlib import Path

from gate.durable import Disk
from gate.setup.device import Provisioned
from gate.setup.taking import Said, Taking
from tests.gate.provision.cards import card
from tests.gate.provision.cutting import CutCommands, CutDisk, Mains, PowerCutError
from tests.gate.provision.devices import Commands, Device, jwks, new_device
from tests.gate.setup.codes import KEY, NOON, a_code, keys, texts_of
from tests.gate.setup.test_taking import Clock

SMALL = card(secrets={"keys": jwks().decode()})
USED = "NOT TAKEN: the set-up code was used before: make a new one"


def shown(device: Device) -> Said:
    """What is said of the code in front of this device."""
    taking = Taking(
        device=Provisioned(device.provisioner, now=lambda: NOON, say=lambda _line: None),
        keys=keys(KEY),
        names=(),
        used=device.places.settings / "setup-used.json",
        disk=device.disk,
        clock=Clock(),
    )
    return [taking.take(text) for text in texts_of(a_code(file=SMALL))][-1]


def cut_after(steps: int, folder: Path) -> Device | None:
    """A device whose power failed there; None where the set-up was through before."""
    device, mains = new_device(folder), Mains(steps)
    device.provision()
    device.disk, device.commands = CutDisk(mains, lambda: None), CutCommands(mains)
    try:
        shown(device)
    except PowerCutError:
        device.disk, device.commands = Disk(), Commands()
        return device
    return None


def test_after_any_step_the_device_is_the_old_or_the_new_one_and_the_code_is_used(
    tmp_path: Path,
) -> None:
    steps, configured = 1, list[bool]()
    while (device := cut_after(steps, tmp_path / str(steps))) is not None:
        configured.append(device.provision().configured)  # as the next boot does
        assert device.places.config.exists() is configured[-1]
        assert device.places.credentials.exists() is configured[-1]
        assert shown(device).text == USED
        steps += 1

    assert configured[:2] == [False, True], "noted as used, then kept to be carried out"
    assert all(configured[1:])
    assert steps > 6, "or nothing was tried"
    nonces = json.loads((tmp_path / "1/etc/gate/setup-used.json").read_bytes())["nonces"]
    assert len(nonces) == 1
