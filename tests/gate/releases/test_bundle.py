import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.issuing import new_key, public_jwks
from gate.keys import KeySet, parse_keys
from gate.releases.bundle import (
    CONTEXT,
    BundleError,
    Manifest,
    packed,
    read_files,
    read_manifest,
    unfit,
    write_bundle,
)
from gate.sign1 import seal

KEY, OTHER, LATER = new_key("releases-1"), new_key("releases-1"), new_key("releases-2")
CONTENTS = {
    "aman_gate-0.2.0-py3-none-any.whl": b"PK" + bytes(range(256)),
    "paho_mqtt-2.1.0-py3-none-any.whl": b"PK" + b"p" * 510,  # fills its block
    "requirements.lock": b"aman-gate==0.2.0 --hash=sha256:00\n",
}
MANIFEST = Manifest("0.2.0", "arm64", ("3.11", "3.13"), "0.1.0", 1_780_000_000, packed(CONTENTS))


def keys(*jwks: dict[str, str]) -> KeySet:
    return parse_keys(json.dumps(public_jwks(*jwks)).encode(), source="test")


def bundle(
    manifest: Manifest = MANIFEST,
    contents: dict[str, bytes] | None = None,
    key: dict[str, str] | None = None,
) -> bytes:
    file = io.BytesIO()
    write_bundle(file, manifest, contents or CONTENTS, key or KEY)
    return file.getvalue()


def opened(data: bytes, known: KeySet) -> tuple[Manifest, dict[str, bytes]]:
    file = io.BytesIO(data)
    manifest = read_manifest(file, known)
    return manifest, dict(read_files(file, manifest))


GOOD = bundle()
MANIFEST_ENDS = 1024 + (int(GOOD[124:135], 8) - 1) // 512 * 512
KNOWN = keys(KEY, LATER)


def test_what_is_packed_comes_out() -> None:
    assert opened(GOOD, KNOWN) == (MANIFEST, CONTENTS)
    assert MANIFEST.file_name == "aman-gate-0.2.0-arm64.gateup"


def test_anybody_can_look_into_it_with_tar() -> None:
    with tarfile.open(fileobj=io.BytesIO(GOOD), mode="r:") as archive:
        assert archive.getnames() == ["manifest", *sorted(CONTENTS)]


def test_a_flipped_bit_in_any_byte_is_refused() -> None:
    """Another bit from byte to byte; the soak flips each of them."""
    for at in range(MANIFEST_ENDS):
        with pytest.raises(BundleError):
            opened(flipped(at, at % 8), KNOWN)
    for at in range(MANIFEST_ENDS, len(GOOD)):
        with pytest.raises(BundleError):
            dict(read_files(io.BytesIO(flipped(at, at % 8)[MANIFEST_ENDS:]), MANIFEST))


def flipped(at: int, bit: int) -> bytes:
    changed = bytearray(GOOD)
    changed[at] ^= 1 << bit
    return bytes(changed)


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_whatever_is_done_to_it_it_is_refused(data: st.DataObject) -> None:
    """Blocks cut out, doubled, moved, put in, and ends cut off."""
    begin = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(begin, min(len(GOOD), begin + 2000)))
    put = data.draw(st.one_of(st.binary(max_size=1200), st.just(GOOD[: end - begin])))
    at = data.draw(st.integers(0, len(GOOD)))
    changed = data.draw(
        st.sampled_from(
            [
                GOOD[:begin],
                GOOD[:begin] + GOOD[end:],
                GOOD[:begin] + put + GOOD[end:],
                GOOD[:at] + GOOD[begin:end] + GOOD[at:],
            ]
        )
    )
    if changed != GOOD:
        with pytest.raises(BundleError, match=r"again|gate/update-keys"):
            opened(changed, KNOWN)


@given(st.binary(max_size=3000))
@settings(max_examples=50, deadline=None)
def test_any_other_file_is_refused(data: bytes) -> None:
    with pytest.raises(BundleError):
        opened(data, KNOWN)


def test_another_archive_of_the_same_files_is_refused() -> None:
    """One that names a path, a link, a folder, or has one more member."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in ("manifest", "../../etc/gate/gate.toml"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
        link = tarfile.TarInfo("requirements.lock")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/shadow"
        archive.addfile(link)
    with pytest.raises(BundleError, match="not an update bundle"):
        opened(file.getvalue(), KNOWN)


def test_two_bundles_cannot_be_mixed() -> None:
    """A manifest of one, and files of the other that have the same names and sizes."""
    other = {name: bytes(len(data)) for name, data in CONTENTS.items()}
    theirs = bundle(replace(MANIFEST, files=packed(other)), other)
    with pytest.raises(BundleError, match="is damaged"):
        opened(GOOD[:MANIFEST_ENDS] + theirs[MANIFEST_ENDS:], KNOWN)


def test_only_who_may_sign_is_believed() -> None:
    assert opened(bundle(key=LATER), KNOWN)[0] == MANIFEST
    with pytest.raises(BundleError, match="signature is wrong"):
        opened(bundle(key=OTHER), KNOWN)
    with pytest.raises(BundleError, match="key that this device does not know"):
        opened(GOOD, keys(LATER))


def test_a_signature_for_something_else_is_none() -> None:
    """Passes and commands are signed without a context."""
    for context in (b"", b"aman.setup/1", CONTEXT):
        claims = {6: 1, -70020: "0.2.0", -70021: "all", -70022: ["3.11"], -70023: "0", -70024: []}
        signed = seal(claims, KEY, context)
        why = "without requirements.lock" if context == CONTEXT else "signature is wrong"
        with pytest.raises(BundleError, match=why):
            opened(member("manifest", signed) + bytes(1024), KNOWN)


def member(name: str, data: bytes) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    return info.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)


def bad_manifests() -> Iterator[Manifest]:
    for name in ("../x.whl", "a/b.whl", ".whl", "x.py", "x" * 99 + ".whl", "nul\0.whl", "ü.whl"):
        yield replace(MANIFEST, files=packed({**CONTENTS, name: b""}))
    big = replace(MANIFEST.files[0], size=25 * 2**20)
    yield replace(MANIFEST, files=(big, *MANIFEST.files[1:]))
    yield replace(MANIFEST, files=(*MANIFEST.files, MANIFEST.files[0]))
    yield replace(MANIFEST, files=MANIFEST.files[:2])
    yield replace(MANIFEST, files=packed({f"p{n}.whl": b"" for n in range(201)}))
    yield replace(MANIFEST, files=(replace(MANIFEST.files[0], sha256=b"short"),))
    yield replace(MANIFEST, version="0.3.0")
    yield replace(MANIFEST, version="../../x")
    yield replace(MANIFEST, minimum="x")
    yield replace(MANIFEST, arch="../x")
    yield replace(MANIFEST, pythons=())
    yield replace(MANIFEST, pythons=("2.7",))


@pytest.mark.parametrize("manifest", [*bad_manifests()], ids=lambda _: "")
def test_a_manifest_that_nobody_should_sign_is_not_made(manifest: Manifest) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        bundle(manifest, {it.name: CONTENTS.get(it.name, b"") for it in manifest.files})


@pytest.mark.parametrize(
    ("change", "over", "why"),
    [
        ({}, "0.1.0", None),
        ({"arch": "all"}, "0.1.0", None),
        ({"arch": "amd64"}, "0.1.0", "for amd64"),
        ({"pythons": ("3.13",)}, "0.1.0", "this system has 3.11"),
        ({"minimum": "0.1.5"}, "0.1.0", "update to 0.1.5 first"),
        ({}, "0.3.0", "--allow-downgrade"),
        ({}, "0.2.0rc1", None),
        ({}, None, None),
    ],
)
def test_it_says_why_this_device_may_not_have_it(
    change: dict[str, str], over: str | None, why: str | None
) -> None:
    manifest = replace(MANIFEST, **change)  # type: ignore[arg-type]  # texts and tuples of texts
    said = unfit(manifest, over=over, arch="arm64", python="3.11", allow_downgrade=False)
    assert (said is None) is (why is None)
    assert (why or "") in (said or "")


def test_a_downgrade_is_taken_where_it_is_asked_for() -> None:
    said = unfit(MANIFEST, over="0.3.0", arch="arm64", python="3.11", allow_downgrade=True)
    assert said is None
