"""The faults that are planted: each is a world that was built with it."""

from tests.gate.doctor.faults import configuration, devices, machine, running, software
from tests.gate.doctor.faults.registry import FAULTS, Fault

__all__ = ["FAULTS", "Fault", "configuration", "devices", "machine", "running", "software"]
