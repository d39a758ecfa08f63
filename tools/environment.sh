# shellcheck shell=bash
# The Python environment of the checkout, from a lock file with checksums. Sourced by startup.sh and tests/run, which define `fail`.

find_python() {
  local name
  for name in python3 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  fail "Python 3.11 or newer is needed; this machine has $(python3 --version 2>/dev/null || echo none). Install it (Debian 12 or later: apt install python3 python3-venv) and start again."
}

# stamp_of PYTHON LOCK: changes with the interpreter, the lock and the package's own metadata.
stamp_of() {
  "$1" -c 'import hashlib, sys; print(sys.version.split()[0], hashlib.sha256(b"".join(open(f, "rb").read() for f in sys.argv[1:])).hexdigest())' "$2" pyproject.toml
}

# prepare_environment LOCK: .venv holds what LOCK lists. A stamp of the lock makes the warm start instant.
prepare_environment() {
  local lock=$1 python stamp wanted log
  python=$(find_python) || exit 1
  stamp=".venv/.installed-$lock"
  wanted=$(stamp_of "$python" "$lock")
  [[ -f $stamp && $(<"$stamp") == "$wanted" && -x .venv/bin/anchorage ]] && return
  echo "Preparing the Python environment, once; about a minute."
  if [[ ! -x .venv/bin/python ]] || ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    "$python" -m venv --clear .venv || fail "The Python environment could not be made: python3-venv is missing. Install it (Debian, Ubuntu: apt install python3-venv) and start again."
  fi
  log=$(mktemp)
  # shellcheck disable=SC2024
  if ! { .venv/bin/python -m pip install --disable-pip-version-check --quiet --require-hashes -r "$lock" &&
    .venv/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    rm -f "$log"
    fail "The Python packages of $lock could not be installed. Is a package registry reachable from here? Behind an air gap, point pip at your own mirror (PIP_INDEX_URL, PIP_CERT) and start again."
  fi
  rm -f "$log"
  echo "$wanted" >"$stamp"
  # The developers' lock holds all of the other at the same versions.
  if [[ $lock == requirements-dev.lock ]]; then
    stamp_of "$python" requirements.lock >.venv/.installed-requirements.lock
  fi
}
