"""From one small file on the FAT partition to a device that works (docs/provisioning.md).

The pure part: `small_file` (what may stand in it, everything wrong with it), `documents` (keys and
certificates that it brings), `plan` (from there to steps). `journal` and `apply` carry steps out so
that the power may fail between any two of them.
"""
