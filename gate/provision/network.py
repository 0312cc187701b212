"""The files that give a Raspberry Pi its name and its wireless network. Pure.

NetworkManager reads a connection from a keyfile (nm-settings-keyfile(5)), which is written in the
form of GLib's GKeyFile. Raspberry Pi OS leaves the radio off in NetworkManager's own state until
somebody names a country (pi-gen, stage2/02-net-tweaks).
"""

import re
from configparser import ConfigParser
from configparser import Error as FormError
from uuid import UUID, uuid5

CONNECTION = "etc/NetworkManager/system-connections/aman-gate.nmconnection"
STATE = "var/lib/NetworkManager/NetworkManager.state"
COUNTRY = "etc/modprobe.d/aman-gate.conf"

_OURS = UUID("5f0f6f0e-6a5c-4d0a-9b57-3f3d0a1f6d1e")
_PLAIN_SSID = re.compile(r"(?=.*[A-Za-z_-])[A-Za-z0-9_-]+")
"""What nobody can take for a list of numbers, which is the other form of an SSID."""

_ESCAPED = re.compile(r"\\([s\\])")
_MEANT = {"s": " ", "\\": "\\"}


def connection(ssid: str, password: str | None, *, hidden: bool, sae: bool = False) -> bytes:
    """The keyfile of a network; `sae` where it speaks WPA3 alone. It belongs to root, 0600."""
    name = ssid if _PLAIN_SSID.fullmatch(ssid) else "".join(f"{byte};" for byte in ssid.encode())
    lines = [
        "# Written by gate provision from gate.toml on the boot partition.",
        "[connection]",
        "id=aman-gate",
        f"uuid={uuid5(_OURS, ssid)}",
        "type=wifi",
        "autoconnect-priority=10",
        "autoconnect-retries=0",  # for ever
        "",
        "[wifi]",
        "mode=infrastructure",
        f"ssid={name}",
        *(["hidden=true"] if hidden else []),
    ]
    if password is not None:
        # For NetworkManager, wpa-psk is WPA2 and WPA3 (nm-settings, 802-11-wireless-security).
        key_mgmt = "sae" if sae else "wpa-psk"
        lines += ["", "[wifi-security]", f"key-mgmt={key_mgmt}", f"psk={_escaped(password)}"]
    lines += ["", "[ipv4]", "method=auto", "", "[ipv6]", "method=auto", ""]
    return "\n".join(lines).encode()


def stored_network(keyfile: bytes | None) -> tuple[str, str | None] | None:
    """Name and password in such a keyfile; None where there is none that can be read."""
    parser = ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    try:
        parser.read_string((keyfile or b"").decode())
        name = parser["wifi"]["ssid"]
        psk = parser.get("wifi-security", "psk", fallback=None)
        if name.endswith(";"):
            name = bytes(int(byte) for byte in name.split(";")[:-1]).decode()
    except (FormError, ValueError, KeyError):
        return None
    return name, None if psk is None else _ESCAPED.sub(lambda it: _MEANT[it[1]], psk)


def radio_on(state: bytes | None) -> bytes:
    """NetworkManager's state with the radio on; the rest of it as it is."""
    text = (state or b"").decode("utf-8", "replace")
    if re.search(r"^WirelessEnabled=", text, re.MULTILINE):
        return re.sub(r"^WirelessEnabled=.*$", "WirelessEnabled=true", text, flags=re.M).encode()
    return b"[main]\nWirelessEnabled=true\n"


def country_file(country: str) -> bytes:
    """Whose rules the radio keeps, for the kernel's module (modprobe.d(5))."""
    told = "# Written by gate provision from gate.toml on the boot partition.\n"
    return f"{told}options cfg80211 ieee80211_regdom={country}\n".encode()


def hosts_with(hosts: bytes | None, name: str) -> bytes:
    """/etc/hosts in which the device knows its own name (Debian: 127.0.1.1)."""
    lines = (hosts or b"127.0.0.1\tlocalhost\n").decode("utf-8", "surrogateescape").splitlines()
    ours = f"127.0.1.1\t{name}"
    at = [n for n, line in enumerate(lines) if line.split()[:1] == ["127.0.1.1"]]
    kept = [ours if n in at[:1] else line for n, line in enumerate(lines) if n not in at[1:]]
    text = "\n".join([*kept, *([] if at else [ours]), ""])
    return text.encode("utf-8", "surrogateescape")


def _escaped(text: str) -> str:
    """As GKeyFile reads it back: `\\s` is a space wherever it stands."""
    return text.replace("\\", "\\\\").replace(" ", "\\s")
