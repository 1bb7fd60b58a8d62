#!/bin/sh
# Makes a fresh clone ready to run: npm's packages, and libzmq behind pyzmq as the peer the tests and the demo talk to.
# Runs before every `npm test` and `npm run demo`, so it costs next to nothing when all is there.
#
#   ZMTP_PYTHON   another Python that has pyzmq; default /usr/bin/python3
set -eu
cd "$(dirname "$0")/.."

python=${ZMTP_PYTHON:-/usr/bin/python3}
lock=package-lock.json
installed=node_modules/.package-lock.json

# npm writes $installed last, whether it was called from here or by hand.
packages_are_current() {
  [ -f "$installed" ] && [ ! "$lock" -nt "$installed" ]
}

has_pyzmq() {
  "$python" -c 'import zmq' 2>/dev/null
}

explain_pyzmq() {
  cat >&2 <<END
setup: $python cannot import zmq.
The tests and the demo talk to libzmq through pyzmq. Install it in one of these ways, then run the command again:
  Debian, Ubuntu   sudo apt-get install python3-zmq
  Fedora           sudo dnf install python3-zmq
  elsewhere        python3 -m venv .venv && .venv/bin/pip install pyzmq, and set ZMTP_PYTHON to \$PWD/.venv/bin/python
END
  exit 1
}

if ! packages_are_current; then
  echo 'setup: installing npm packages' >&2
  npm ci --ignore-scripts --no-audit --no-fund >&2
  touch "$installed"
fi

if ! has_pyzmq; then
  # Only the system's own Python can be mended by the system's packages.
  [ "$python" = /usr/bin/python3 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || explain_pyzmq
  echo 'setup: installing python3-zmq' >&2
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -q && apt-get install -q -y --no-install-recommends python3-zmq; } >&2 || explain_pyzmq
  has_pyzmq || explain_pyzmq
fi

# The tests of udp:// groups make a network of their own; where they cannot, they say what they lack.
if [ "$(id -u)" = 0 ] && ! command -v ip >/dev/null && command -v apt-get >/dev/null; then
  echo 'setup: installing iproute2' >&2
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -q && apt-get install -q -y --no-install-recommends iproute2; } >&2 || true
fi
