"""`gate setup-code keygen`: whose codes a device takes."""

from pathlib import Path

from gate.commands.passes.keys import Kid, PrivateFile, PublicFile, make_pair


def keygen(*, kid: Kid, private: PrivateFile, public: PublicFile = Path("setup-keys.json")) -> None:
    """Make a key pair: the private file signs set-up codes, the public file goes to the devices.

    A device has the public file before its first set-up: on its card, or from its Debian package
    (/etc/gate/setup-keys.json). Without it, it takes Wi-Fi codes and no others.

    \b
    Example:
      gate setup-code keygen tech-1 --private tech-1.jwk --public setup-keys.json
    """
    make_pair(
        kid,
        private,
        public,
        kept="where set-up codes are made",
        goes="/etc/gate/setup-keys.json of the devices",
    )
