#!/bin/sh
# Usage: install_packages.sh [list]
# Installs the Debian packages of tools/packages, or of another list, that are missing; asks for nothing if there are none.
# As root, or with sudo. Removes nothing.
set -eu
list=$(grep -v '^#' "${1:-$(dirname "$0")/packages}")
missing=
for package in $list; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "These Debian packages are missing:$missing. Install them as root, or install sudo." >&2; exit 1; }
  as_root=sudo
fi
echo "Installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086  # a list of words
$as_root apt-get install -y -qq --no-remove --no-install-recommends $missing >/dev/null
