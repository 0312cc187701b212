#!/bin/sh
# Builds the Debian package: build.sh amd64|arm64 VERSION; says last where it is.
#
# The wheels are made first (wheels.py, with network); the rest is Debian's own way, in a copy of
# the sources whose debian/ is this folder. Two builds of one commit give the same bytes.
set -eu

arch=$1
version=$2
python=${PYTHON:-python3}
source=$(cd "$(dirname "$0")/../.." && pwd)
out=$source/build/deb
wheels=$source/build/wheels/$arch-$version
tree=$out/aman-gate-$version-$arch
debian=$(echo "$version" | sed 's/rc/~rc/')

cd "$source"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
$python config/debian/wheels.py bundle "$arch" "$wheels" "$version"

rm -rf "$tree"
mkdir -p "$tree"
cp -R config docs systemd README.md "$tree"
cp CHANGELOG.md "$tree/docs/changes.md"
cp -R config/debian "$tree/debian"
cp -R "$wheels" "$tree/wheels"
rm -rf "$tree/config/debian"
sed -i "s/#VERSION#/$debian/" "$tree/debian/postinst"
cat > "$tree/debian/changelog" <<END
aman-gate ($debian) unstable; urgency=medium

  * See changes.md.

 -- Aman gate <gate@aman.example>  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
END

cd "$tree"
# What is said on the way matters only where it fails.
dpkg-buildpackage --build=binary --host-arch="$arch" -d -us -uc > "$tree.log" 2>&1 ||
    { cat "$tree.log" >&2; exit 1; }
cd "$source"
rm -rf "$tree"
echo "$out/aman-gate_${debian}_$arch.deb"
