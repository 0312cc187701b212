"""`gate simulate` as people use it: a process that they stop by hand."""

import os
import signal
import subprocess
import sys


def test_stopped_by_hand_it_finishes_the_act_and_all_numbers_are_the_same() -> None:
    command = [sys.executable, "-m", "gate", "simulate", "--forever"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as simulation:
        assert simulation.stdout is not None
        assert "The manager's page: http://127.0.0.1:" in simulation.stdout.readline()
        assert simulation.stdout.readline() == "a guest: walked in\n"
        os.killpg(simulation.pid, signal.SIGINT)  # as a terminal does
        rest = simulation.stdout.read()
    assert simulation.returncode == 0, rest
    assert "stopped by hand" in rest
    assert "All four agree" in rest
