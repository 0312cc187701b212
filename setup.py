"""Packaging of the Aman gate.

The daemon's dependencies are few and each has its reason in docs/dependencies.md. Ranges, not
pins: on a Raspberry Pi some of them are satisfied by the system's packages.
"""

import sys
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

# What only `gate central` needs; a lane has none of it.
CENTRAL = [
    "argon2-cffi>=23.1,<26",
    "jinja2~=3.1",
    "starlette>=1.10,<2",
    "tzdata>=2024.1",
    "uvicorn>=0.54,<1",
]

# zxing-cpp has wheels for 64 bits alone; decoder = "pyzbar" does without it. The marker cannot tell
# a 32-bit Raspberry Pi OS, whose kernel has 64 bits: there the Python that installs this must.
SIXTY_FOUR_BITS = "platform_machine in 'x86_64 aarch64 arm64 AMD64'"
ZXING = [f"zxing-cpp>=3.1,<4; {SIXTY_FOUR_BITS}"] if sys.maxsize > 2**32 else []

setup(
    name="aman-gate",
    version="0.1.0",
    description="Entrance lane controller: pass, temperature, turnstile, counted entries on MQTT",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    python_requires=">=3.11",
    packages=find_packages(include=["gate", "gate.*", "drivers", "drivers.*"]),
    package_data={
        "gate": ["py.typed"],
        "gate.central.web": ["texts.toml", "static/*", "templates/*"],
        "drivers": ["py.typed", "frames/*"],
    },
    install_requires=[
        "adafruit-circuitpython-mlx90614~=1.2.25",
        "adafruit-extended-bus~=1.0",
        "base45~=0.4.4",
        "cbor2>=5.4.2,<6",
        "cryptography>=42",
        "cwt>=3.2,<4",
        "gpiozero~=2.0",
        "numpy>=1.24,<3",
        "paho-mqtt~=2.1",
        "pillow>=9.4",
        "pydantic~=2.7",
        "pyzbar~=0.1.9",
        "rich>=13,<16",
        "segno~=1.6",
        "typer>=0.19,<1",
        *ZXING,
    ],
    extras_require={
        # Both come from the Raspberry Pi archive (apt); pip finds them there through
        # --system-site-packages and installs nothing. docs/dependencies.md says why.
        "pi": ["lgpio>=0.2.2", "picamera2>=0.3.21"],
        "fuzz": ["atheris>=2.3"],
        "bench": ["matplotlib>=3.8,<4"],
        "central": CENTRAL,
        "dev": [
            *CENTRAL,
            "httpx2>=2,<3",
            "hypothesis>=6.100",
            "jsonschema>=4.18,<5",
            "mypy>=1.10,<3",
            "packaging>=23",
            "playwright>=1.40,<2",
            "pycose>=1.1,<2",
            "pytest>=8,<10",
            "pytest-xdist>=3.5,<4",
            "ruff>=0.5,<1",
            "types-jsonschema>=4.18,<5",
        ],
    },
    entry_points={"console_scripts": ["gate = gate.cli:main"]},
    classifiers=[
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.13",
        "Operating System :: POSIX :: Linux",
        "Typing :: Typed",
    ],
)
