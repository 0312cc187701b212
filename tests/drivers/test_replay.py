"""Frames from a folder of pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drivers.frame import CameraAbsent, CameraStalled
from drivers.replay import PictureBroken, Replay, read_picture


def save(path: Path, grey: int) -> None:
    Image.new("L", (8, 6), grey).save(path)


def first_pixels(camera: Replay, count: int) -> list[int]:
    return [int(camera.frame(5.0)[0, 0]) for _ in range(count)]


def test_pictures_come_in_the_order_of_their_names_and_again(tmp_path: Path) -> None:
    save(tmp_path / "c.png", 30)
    save(tmp_path / "a.png", 10)
    save(tmp_path / "b.bmp", 99)  # not one of the kinds that are shown
    Image.new("L", (8, 6), 20).save(tmp_path / "b.WEBP", lossless=True)

    camera = Replay(folder=tmp_path, fps=1000)

    assert first_pixels(camera, 4) == [10, 20, 30, 10]


def test_without_a_loop_the_camera_is_gone_after_the_last_picture(tmp_path: Path) -> None:
    save(tmp_path / "a.png", 10)
    camera = Replay(folder=tmp_path, fps=1000, loop=False)
    camera.frame(5.0)

    with pytest.raises(CameraAbsent, match="have been shown"):
        camera.frame(5.0)


def test_a_broken_picture_is_named_once_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save(tmp_path / "a.png", 10)
    (tmp_path / "b.jpg").write_bytes(b"no picture")
    save(tmp_path / "c.png", 30)
    camera = Replay(folder=tmp_path, fps=1000)

    assert first_pixels(camera, 5) == [10, 30, 10, 30, 10]
    assert "b.jpg" in caplog.text
    assert caplog.text.count("left out") == 1


def test_only_broken_pictures_are_no_camera(tmp_path: Path) -> None:
    (tmp_path / "b.jpg").write_bytes(b"no picture")
    camera = Replay(folder=tmp_path, fps=1000)

    with pytest.raises(CameraAbsent, match="none of the pictures"):
        camera.frame(5.0)


def test_an_empty_folder_is_no_camera(tmp_path: Path) -> None:
    with pytest.raises(CameraAbsent, match="no png, jpg or webp picture"):
        Replay(folder=tmp_path, fps=10)


def test_a_missing_folder_is_no_camera(tmp_path: Path) -> None:
    with pytest.raises(CameraAbsent, match="cannot be read"):
        Replay(folder=tmp_path / "nowhere", fps=10)


def test_a_frame_is_due_one_period_after_the_last(tmp_path: Path) -> None:
    """By the clock that is handed in: it stands still, so only the first frame is due."""
    save(tmp_path / "a.png", 10)
    camera = Replay(folder=tmp_path, fps=2, clock=lambda: 100.0)
    camera.frame(0.0)

    with pytest.raises(CameraStalled):
        camera.frame(0.01)


def test_frames_that_were_missed_do_not_come_in_a_burst(tmp_path: Path) -> None:
    save(tmp_path / "a.png", 10)
    now = [100.0]
    camera = Replay(folder=tmp_path, fps=2, clock=lambda: now[0])
    camera.frame(0.0)

    now[0] = 160.0
    camera.frame(0.0)
    camera.frame(0.0)  # one period of lateness is made good

    with pytest.raises(CameraStalled):
        camera.frame(0.01)


def test_a_rate_of_nothing_is_no_rate(tmp_path: Path) -> None:
    save(tmp_path / "a.png", 10)

    with pytest.raises(ValueError, match="frames a second"):
        Replay(folder=tmp_path, fps=0)


# --- picture files --------------------------------------------------------------------------


def test_colour_becomes_grey(tmp_path: Path) -> None:
    Image.new("RGB", (4, 3), (255, 255, 255)).save(tmp_path / "p.png")

    grey = read_picture(tmp_path / "p.png")

    assert grey.shape == (3, 4)
    assert (grey == 255).all()


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    picture.putpixel((1, 0), (0, 0, 0, 255))
    picture.save(tmp_path / "p.png")

    assert read_picture(tmp_path / "p.png").tolist() == [[255, 0]]


def test_a_transparent_palette_colour_is_white(tmp_path: Path) -> None:
    picture = Image.new("P", (2, 1), 0)
    picture.putpalette([0, 0, 0, 40, 40, 40])
    picture.putpixel((1, 0), 1)
    picture.save(tmp_path / "p.png", transparency=0)

    assert read_picture(tmp_path / "p.png").tolist() == [[255, 40]]


def test_of_an_animation_the_first_picture_is_taken(tmp_path: Path) -> None:
    first, second = (Image.new("RGBA", (16, 16), (grey,) * 3) for grey in (200, 50))
    first.save(tmp_path / "p.webp", save_all=True, append_images=[second], lossless=True)

    assert (read_picture(tmp_path / "p.webp") == 200).all()


def test_sixteen_bits_a_pixel_are_scaled_not_cut(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 0x8000, 0xFFFF]], dtype=np.uint16)).save(tmp_path / "p.png")

    assert read_picture(tmp_path / "p.png").tolist() == [[0, 128, 255]]


def truncated(path: Path) -> None:
    Image.effect_noise((200, 200), 50).save(path, "PNG")
    path.write_bytes(path.read_bytes()[:5000])


def enormous(path: Path) -> None:
    """A small file that says 9000 x 9000."""
    Image.new("1", (9000, 9000)).save(path, "PNG")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.write_bytes(b""), "cannot identify"),
        (lambda path: path.write_bytes(b"P5 1 1 255\n\0"), "cannot identify"),  # a PGM picture
        (truncated, "truncated"),
        (enormous, "too many"),
        (lambda path: path.mkdir(), "directory"),
        (lambda _: None, "No such file"),
    ],
)
def test_what_is_no_picture_is_said(
    make: Callable[[Path], object], says: str, tmp_path: Path
) -> None:
    make(tmp_path / "p.png")

    with pytest.raises(PictureBroken, match=says):
        read_picture(tmp_path / "p.png")
