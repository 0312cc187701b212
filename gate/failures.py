"""The failures of the thermometer's driver, as the gate calls them."""

from drivers.mlx90614 import BusError, ChecksumError, NotReadyError, SensorFlagError
from gate.temperature.transfers import Failure

FAILURES: dict[type[Exception], Failure] = {
    BusError: Failure.BUS,
    ChecksumError: Failure.CHECKSUM,
    SensorFlagError: Failure.FLAG,
    NotReadyError: Failure.NOT_READY,
}
