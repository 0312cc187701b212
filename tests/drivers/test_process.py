import sys

from drivers.process import NOT_FOUND, TIMED_OUT, run


def test_what_a_command_says_and_how_it_ends() -> None:
    asked = run(sys.executable, "-c", "print(input()); raise SystemExit('no paper')", text="hello")
    assert (asked.code, asked.out, asked.why) == (1, "hello\n", "no paper")
    assert not asked.ok


def test_no_shell_reads_the_words() -> None:
    assert run("echo", "$HOME; true").out == "$HOME; true\n"


def test_a_command_that_is_not_there_is_an_answer() -> None:
    asked = run("/nowhere/vcgencmd", "get_throttled")
    assert (asked.code, asked.why) == (NOT_FOUND, "/nowhere/vcgencmd: No such file or directory")


def test_a_command_without_an_end_is_ended() -> None:
    asked = run("sleep", "60", timeout_s=0.05)
    assert (asked.code, asked.why) == (TIMED_OUT, "sleep: no end within 0.05 s")


def test_one_that_says_nothing_has_its_status_for_a_reason() -> None:
    assert run("false").why == "exit status 1"
    assert run(sys.executable, "-c", r"import sys; sys.stdout.buffer.write(b'\xff')").out == "�"
