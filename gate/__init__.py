"""The gate decides: pure core and the shell that carries facts to it."""

from datetime import UTC, datetime

RELEASED = datetime(2026, 1, 1, tzinfo=UTC)
"""No clock of a gate that runs this program can rightly stand before this moment.

Written at each release, as the date of its section in CHANGELOG.md. It may be early, never late:
a moment of the future would make the clock of every gate unsure.
"""
