"""The support archive: everything about a device that helps from afar, and no secret of it.

`contents` says what goes in and where it comes from, `redaction` takes out what must not leave,
`database` looks at the events without their visits, `archive` packs it up with a MANIFEST.
"""
