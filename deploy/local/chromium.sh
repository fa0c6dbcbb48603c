#!/bin/sh
# Makes sure that a Chromium is there for the tests of the pages, and says where on standard output.
set -eu
found() {
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && command -v "$name"; then return 0; fi
  done
  return 1
}
if found; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "setup: no Chromium was found; as root: apt-get install chromium" >&2
  exit 1
fi
echo "setup: installing chromium" >&2
apt-get update -qq >/dev/null 2>&1 || true
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-liberation >/dev/null \
  || { echo "setup: apt-get install chromium failed; install it by hand" >&2; exit 1; }
found || { echo "setup: chromium is installed, but nowhere on the path; name it in CHROMIUM" >&2; exit 1; }
