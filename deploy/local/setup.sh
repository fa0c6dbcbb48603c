#!/bin/sh
# Makes .venv from uv.lock. Needs python3 (3.11 to 3.13) and a way to PyPI; repeats nothing that is already done.
set -eu
cd "$(dirname "$0")/../.."

UV_VERSION=0.13.8
tools=.venv-uv

say() { echo "setup: $*"; }
give_up() { echo "setup: $*" >&2; exit 1; }

find_python() {
  for name in python3 python3.13 python3.12 python3.11; do
    "$name" -c 'import sys; assert (3, 11) <= sys.version_info[:2] < (3, 14); print(sys.executable)' 2>/dev/null && return
  done
  return 1
}

python=$(find_python) || give_up "no Python 3.11, 3.12 or 3.13 was found; on Debian: apt-get install python3"
wanted=$({ cat uv.lock pyproject.toml deploy/local/setup.sh; echo "$PWD $python"; } | cksum)
if [ "$(cat .venv/.made-from 2>/dev/null || true)" = "$wanted" ]; then exit 0; fi

make_tools() {
  rm -rf "$tools"
  "$python" -m venv "$tools" >/dev/null 2>&1
}

if [ ! -x "$tools/bin/uv" ] || [ "$("$tools/bin/uv" --version | cut -d' ' -f2)" != "$UV_VERSION" ]; then
  if ! make_tools; then
    # Debian keeps ensurepip in a package of its own.
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || give_up "python's venv module is incomplete; as root: apt-get install $package"
    say "installing $package"
    apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "$package" >/dev/null || give_up "apt-get install $package failed"
    make_tools || give_up "python still cannot make an environment in $PWD/$tools"
  fi
  say "fetching uv $UV_VERSION"
  "$tools/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION" \
    || give_up "uv could not be fetched from PyPI; check the network, or pip's index settings"
fi

say "making .venv from uv.lock"
VIRTUAL_ENV='' UV_HTTP_TIMEOUT=300 UV_PYTHON_DOWNLOADS=never "$tools/bin/uv" sync --quiet --frozen --compile-bytecode --python "$python" \
  || give_up "the packages of uv.lock could not be installed; the lines above say which"
echo "$wanted" > .venv/.made-from
