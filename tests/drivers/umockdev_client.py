"""The driver on the unmodified Blinka stack, in a process whose /dev/i2c-1 is umockdev's.

Each line in is the name of something to do, and one line of JSON answers: its result, or the
driver's exception by name.
"""

import json
import sys
from dataclasses import asdict

from drivers.mlx90614 import Mlx90614, ThermometerError, open_bus


def main() -> None:
    """Serve until stdin ends."""
    thermometer: Mlx90614 | None = None
    for line in sys.stdin:
        answer: object = None
        try:
            match line.strip():
                case "open":
                    thermometer = Mlx90614(open_bus(1))
                case "identity":
                    assert thermometer
                    answer = asdict(thermometer.identity())["cells"]
                case name:
                    assert thermometer
                    answer = getattr(thermometer, name)()
        except ThermometerError as error:
            answer = {"error": type(error).__name__, "text": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
