"""The drawn camera: what pyzbar reads in it, and what can be made to break."""

import threading

import numpy as np
import pytest

from drivers.frame import CameraAbsent, CameraStalled, Grey
from drivers.qr import read_all
from drivers.simulated.frames import Scene, SimulatedCamera

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def pass_like(seed: int, length: int = 200) -> str:
    random = np.random.default_rng(seed)
    return "AB1:" + "".join(random.choice(list(ALPHANUMERIC), length - 4))


def looking_at(scene: Scene) -> SimulatedCamera:
    return SimulatedCamera(scene=scene, fps=10_000)


def test_a_pass_that_is_held_up_is_read() -> None:
    """30 phones held 30 ways, 2 frames each; over 5,500 frames it was 100 %."""
    scene = Scene(seed=3)
    camera = looking_at(scene)
    unread: list[int] = []

    for seed in range(30):
        scene.show(pass_like(seed))
        texts = [[code.text for code in read_all(camera.frame(1.0))] for _ in range(2)]
        if texts != [[pass_like(seed).encode()]] * 2:
            unread.append(seed)

    assert unread == []


@pytest.mark.parametrize("length", [20, 225, 700])
def test_shorter_and_longer_texts_are_read_too(length: int) -> None:
    scene = Scene(seed=4)
    scene.show(pass_like(1, length))

    (code,) = read_all(looking_at(scene).frame(1.0))

    assert code.text == pass_like(1, length).encode()


def test_a_pass_has_four_to_five_pixels_a_module() -> None:
    scene = Scene(seed=5)
    scene.show(pass_like(1))  # version 8: 49 modules

    (code,) = read_all(looking_at(scene).frame(1.0))

    assert 4 * 49 <= code.size_px <= 5.1 * 49


def test_an_empty_lane_shows_no_code_before_and_after() -> None:
    scene = Scene(seed=6)
    camera = looking_at(scene)

    before = read_all(camera.frame(1.0))
    scene.show(pass_like(1))
    scene.show(None)

    assert before == []
    assert read_all(camera.frame(1.0)) == []


def test_the_same_seed_draws_the_same_frames() -> None:
    def third_frame(seed: int) -> Grey:
        scene = Scene(seed=seed)
        scene.show("AB1:SAME")
        camera = looking_at(scene)
        return [camera.frame(1.0) for _ in range(3)][-1]

    assert (third_frame(1) == third_frame(1)).all()
    assert (third_frame(1) != third_frame(2)).any()


def test_no_two_frames_are_equal() -> None:
    camera = looking_at(Scene(seed=7))

    assert (camera.frame(1.0) != camera.frame(1.0)).any()


def test_a_frame_is_as_noisy_as_a_sensor() -> None:
    """The lane itself changes slowly from pixel to pixel; what differs is noise."""
    frame = looking_at(Scene(seed=7)).frame(1.0).astype(int)

    assert 3 < (frame[:, 1:] - frame[:, :-1]).std() < 12


def test_noise_never_wraps_round() -> None:
    """Noise is added in bytes: a bright pixel must not turn dark by it."""
    scene = Scene(seed=8)
    scene.show(pass_like(1))
    camera = looking_at(scene)

    for _ in range(16):
        frame = camera.frame(1.0)
        assert np.min(frame) > 0
        assert np.max(frame) < 255


def test_an_unplugged_camera_cannot_be_opened_and_gives_no_frame() -> None:
    scene = Scene()
    camera = looking_at(scene)
    scene.set_fault("absent")

    with pytest.raises(CameraAbsent):
        camera.frame(1.0)
    with pytest.raises(CameraAbsent):
        looking_at(scene)


def test_a_stalled_camera_gives_no_frame_until_it_is_mended() -> None:
    scene = Scene()
    camera = looking_at(scene)
    scene.set_fault("stalled")

    with pytest.raises(CameraStalled):
        camera.frame(0.01)
    scene.set_fault(None)

    assert camera.frame(1.0).shape == (480, 640)


def test_a_black_camera_gives_frames_of_noise_near_zero() -> None:
    scene = Scene()
    scene.show("AB1:DARK")
    scene.set_fault("black")

    camera = looking_at(scene)
    first, second = camera.frame(1.0), camera.frame(1.0)

    assert 0 < max(np.max(first), np.max(second)) <= 10
    assert (first != second).any()


def test_a_frozen_camera_gives_its_last_frame_again_and_again() -> None:
    scene = Scene()
    camera = looking_at(scene)
    last = camera.frame(1.0)
    scene.set_fault("frozen")
    scene.show("AB1:LATER")

    assert (camera.frame(1.0) == last).all()
    assert (camera.frame(1.0) == last).all()
    scene.set_fault(None)
    assert [code.text for code in read_all(camera.frame(1.0))] == [b"AB1:LATER"]


def test_a_text_that_no_code_can_hold_is_refused_and_changes_nothing() -> None:
    scene = Scene(seed=9)
    scene.show("AB1:BEFORE")

    with pytest.raises(ValueError, match="too large"):
        scene.show("x" * 3000)

    assert [code.text for code in read_all(looking_at(scene).frame(1.0))] == [b"AB1:BEFORE"]


def test_a_phone_can_be_shown_while_another_thread_takes_frames() -> None:
    scene = Scene(width=320, height=240)
    camera = looking_at(scene)
    shapes: set[tuple[int, ...]] = set()

    def take() -> None:
        shapes.update(camera.frame(1.0).shape for _ in range(50))

    taker = threading.Thread(target=take)
    taker.start()
    for number in range(5):
        scene.show(f"AB1:{number}")
        scene.show(None)
    taker.join(10)

    assert shapes == {(240, 320)}
