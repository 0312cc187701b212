"""Our lines in config.txt."""

import pytest

from gate.provision.boot_config import ALWAYS, wanted, with_lines

COMES = """\
# For more options and information see
# http://rptl.io/configtxt
#dtparam=i2c_arm=on
camera_auto_detect=1
dtoverlay=vc4-kms-v3d

[cm4]
otg_mode=1

[all]
"""
I2C, GPIOD = ALWAYS


def in_force(text: str) -> list[str]:
    """What a Raspberry Pi 4 would go by."""
    lines, holds = [], True
    for row in text.splitlines():
        if row.startswith("["):
            holds = row in {"[all]", "[pi4]"}
        elif holds and row and not row.startswith("#"):
            lines.append(row)
    return lines


def test_what_is_missing_is_added_once() -> None:
    text = with_lines(COMES, wanted("auto"))
    assert text.startswith(COMES)
    lines = in_force(text)
    assert [lines.count(line) for line in (I2C, GPIOD, "camera_auto_detect=1")] == [1, 1, 1]
    assert with_lines(text, wanted("auto")) == text


def test_a_named_camera_switches_the_search_off_and_back_again() -> None:
    named = with_lines(COMES, wanted("imx219"))
    assert in_force(named)[-2:] == ["camera_auto_detect=0", "dtoverlay=imx219"]
    other = with_lines(named, wanted("ov5647"))
    assert "imx219" not in other
    assert with_lines(other, wanted("auto")) == with_lines(COMES, wanted("auto"))


@pytest.mark.parametrize(
    "before",
    [
        "",
        "[pi5]\ndtparam=i2c_arm=on",
        "[none]\n",
        "dtparam=i2c_arm=off\n",
        "dtparam=i2c_arm=on\ndtparam=i2c_arm=off\n",
        "[pi4]\ndtparam=i2c_arm=off\n",
    ],
)
def test_the_lines_hold_whatever_section_the_file_ends_in(before: str) -> None:
    text = with_lines(before, ALWAYS)
    lines = in_force(text)
    assert [line for line in lines if "i2c_arm" in line][-1] == I2C
    assert GPIOD in lines
    assert text.startswith(before)
    assert with_lines(text, ALWAYS) == text


def test_what_is_in_force_already_is_not_said_again() -> None:
    before = f"{I2C}\n{GPIOD}\ncamera_auto_detect=0\ndtoverlay=imx219\n"
    assert with_lines(before, wanted("imx219")) == before


def test_what_others_wrote_behind_ours_stays_and_means_the_same() -> None:
    text = with_lines(COMES, wanted("auto")) + "dtoverlay=disable-bt\n[pi5]\nkernel=other.img\n"
    changed = with_lines(text, wanted("imx219"))
    assert changed.endswith("dtoverlay=disable-bt\n[pi5]\nkernel=other.img\n")
    assert "dtoverlay=disable-bt" in in_force(changed)
    assert "kernel=other.img" not in in_force(changed)


def test_the_ends_of_lines_stay_those_of_the_file() -> None:
    text = with_lines(COMES.replace("\n", "\r\n"), wanted("auto"))
    assert text.count("\r\n") == text.count("\n")


def test_a_block_that_lost_its_end_is_written_anew_and_only_once() -> None:
    whole = with_lines(COMES, wanted("auto"))
    cut = whole[: whole.rindex("# --- end")]
    again = with_lines(cut, wanted("auto"))
    assert with_lines(again, wanted("auto")) == again
    assert again.count("# --- end") <= 1
