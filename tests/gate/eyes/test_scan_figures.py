"""What the scanner has done, in figures."""

from gate.eyes.scan_figures import ScannerFigures, after_first_sight, after_reading


def test_a_frame_with_codes_counts_once_and_its_codes_by_their_readers() -> None:
    figures = after_reading(ScannerFigures(), ["zxing", "zxing", "pyzbar"], noticed=True)
    figures = after_reading(figures, ["pyzbar"], noticed=False)

    assert (figures.read, figures.unnoticed) == (2, 1)
    assert figures.by_reader == (("zxing", 2), ("pyzbar", 2))


def test_a_frame_without_codes_counts_nothing() -> None:
    assert after_reading(ScannerFigures(), [], noticed=False) == ScannerFigures()


def test_the_last_hundred_first_sights_make_median_and_worst() -> None:
    figures = ScannerFigures()
    assert figures.as_json()["sight_to_read_ms"] == {"median": None, "worst": None}

    for took_s in (9.0, *[0.2] * 60, *[0.4] * 39, 1.5):
        figures = after_first_sight(figures, took_s)

    assert figures.as_json()["sight_to_read_ms"] == {"median": 200, "worst": 1500}
    assert len(figures.first_sights_s) == 100
