"""The Debian package in a clean Debian 13: installed, run, upgraded, rolled back, purged.

`make test-deb` plays it. Everything is real but systemd, which a root without a kernel has not
(`make test-device` boots one), and the wires.
"""
