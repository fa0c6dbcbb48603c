#!/bin/sh
# Makes sure that a Chromium is there for the tests of the pages.
set -eu
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "setup: no Chromium was found; as root: apt-get install chromium" >&2
  exit 1
fi
echo "setup: installing chromium"
apt-get update -qq >/dev/null 2>&1 || true
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-liberation >/dev/null \
  || { echo "setup: apt-get install chromium failed; install it by hand" >&2; exit 1; }
