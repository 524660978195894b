#!/bin/sh
# The ITU's ASN.1 of H.225.0, H.235.0 and H.245 into a folder: Debian has it in the source of Wireshark. Root is not needed.
set -eu
mkdir -p "$1"
into=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The machine's own Debian archives, but their sources instead of their packages.
mkdir -p "$work/parts" "$work/lists/partial"
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list; do
  [ -f "$list" ] && sed -E 's/^Types:.*/Types: deb-src/; s/^deb( |$)/deb-src\1/' "$list" > "$work/parts/${list##*/}"
done
[ -f "$work/parts/sources.list" ] && mv "$work/parts/sources.list" "$work/parts/main.list"
apt() {
  apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/parts" -o Dir::State::Lists="$work/lists" \
    -o Dir::Cache="$work" -o Debug::NoLocking=true -o APT::Sandbox::User="$(id -un)" "$@"
}
apt update
cd "$work"
apt source --download-only wireshark
tar -x -f wireshark_*.orig.tar.* --wildcards --strip-components=5 \
  '*/H323-MESSAGES.asn' '*/H235-SECURITY-MESSAGES.asn' '*/MULTIMEDIA-SYSTEM-CONTROL.asn'
mv H323-MESSAGES.asn H235-SECURITY-MESSAGES.asn MULTIMEDIA-SYSTEM-CONTROL.asn "$into"
cd /
