"""A device without a device: Debian in a folder, and booted with systemd under emulation.

Run by `make test-device` alone: Debian's packages are fetched, and a boot takes minutes.
"""
