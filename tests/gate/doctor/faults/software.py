"""Faults of the Python environment, broken for a real interpreter."""

from tests.gate.doctor.faults.registry import plant
from tests.gate.doctor.world import World


@plant("PYTHON-SYSTEM")
def it_was_installed_into_the_systems_python(world: World) -> None:
    """Forced past `error: externally-managed-environment`."""
    world.put("opt/gate/releases/1.0.0/pyvenv.cfg", "")
    (world.places.releases / "1.0.0/pyvenv.cfg").unlink()


@plant("VENV-CLOSED")
def the_environment_was_made_without_the_systems_packages(world: World) -> None:
    cfg = "home = /usr/bin\ninclude-system-site-packages = false\n"
    world.put("opt/gate/releases/1.0.0/pyvenv.cfg", cfg)


@plant("LIBCAMERA-MISSING")
def libcamera_is_not_installed(world: World) -> None:
    del world.site["libcamera/__init__.py"], world.site["libcamera/_libcamera.py"]


@plant("LIBCAMERA-MISSING")
def picamera2_is_not_installed(world: World) -> None:
    del world.site["picamera2/__init__.py"]


@plant("PYKMS-MISSING")
def picamera2_came_from_pypi_without_pykms(world: World) -> None:
    del world.site["pykms.py"]


@plant("NUMPY-ABI")
def a_numpy_of_pip_hides_the_systems(world: World) -> None:
    world.site["simplejpeg.py"] = (
        "raise ValueError('numpy.dtype size changed, may indicate binary incompatibility."
        " Expected 96 from C header, got 88 from PyObject')"
    )


@plant("BINDINGS-BROKEN")
def an_upgrade_took_the_library_and_not_its_binding(world: World) -> None:
    world.site["libcamera/_libcamera.py"] = (
        "raise ImportError('libcamera.so.0.5: cannot open shared object file: No such file or"
        " directory')"
    )


@plant("BINDINGS-BROKEN")
def the_binding_is_of_another_python(world: World) -> None:
    """The Python of the new release looks for a file with its own number in its name."""
    del world.site["libcamera/_libcamera.py"]


@plant("BINDINGS-BROKEN")
def a_binding_ends_the_interpreter(world: World) -> None:
    world.site["libcamera/_libcamera.py"] = "import os\nos._exit(139)"


@plant("LGPIO-MISSING")
def lgpio_is_not_installed(world: World) -> None:
    del world.site["lgpio.py"]


@plant("LGPIO-STUB")
def pip_took_the_empty_lgpio(world: World) -> None:
    world.site["lgpio.py"] = ""


@plant("FOLDER-READONLY")
def lgpio_cannot_make_its_pipe(world: World) -> None:
    world.site["lgpio.py"] = "open('/proc/nowhere/.lgd-nfy0')"


@plant("ZBAR-MISSING")
def the_library_of_zbar_is_not_installed(world: World) -> None:
    world.site["pyzbar/pyzbar.py"] = "raise ImportError('Unable to find zbar shared library')"


@plant("ZXING-MISSING")
def zxing_does_not_load(world: World) -> None:
    world.site["zxingcpp.py"] = "raise ImportError('wrong ELF class: ELFCLASS64')"


@plant("PINS-LIBRARY")
def a_program_goes_past_the_kernel(world: World) -> None:
    world.put("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    world.put("usr/lib/python3/dist-packages/RPi/_GPIO.cpython-313-aarch64-linux-gnu.so", "")


@plant("PINS-LIBRARY")
def pigpiod_starts_with_the_board(world: World) -> None:
    world.other_units["pigpiod.service"] = {"UnitFileState": "enabled"}


@plant("PINS-LIBRARY")
def pigpiod_runs(world: World) -> None:
    world.process(611, "pigpiod", "/dev/mem")
