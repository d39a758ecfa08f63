# shellcheck shell=bash
# Tools that the tests need beyond Python. Sourced by tests/run, which defines `fail` and has the environment prepared.

# need_debian COMMAND PACKAGE: installs PACKAGE as root where COMMAND is missing.
need_debian() {
  command -v "$1" >/dev/null && return
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    fail "$1 is missing. Install the package $2 and run again."
  fi
  echo "Installing $2."
  if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2"; } >/dev/null; then
    fail "The package $2 could not be installed."
  fi
}

# want_debian COMMAND PACKAGE: as need_debian where this is root; else its tests say, loudly, that they are skipped.
want_debian() {
  [[ $(id -u) != 0 ]] || need_debian "$1" "$2"
}

# Terraform as startup.sh would find it, put on PATH.
need_terraform() {
  local found
  found=$(.venv/bin/python -c 'import sys
from webui.settings import load
from webui.startup import terraform
print(terraform.find(load().cache, lambda said: print(said, file=sys.stderr)))') || fail "Terraform could not be had."
  PATH="$(dirname "$found"):$PATH"
  export PATH
}

# What the lab stands on, before any test that starts a part of it has its time limit: from an empty cache it takes
# minutes. Machines' parts only where there can be machines.
need_lab() {
  .venv/bin/python -c 'import tempfile
from pathlib import Path
from lab import machines, mirror
from webui.settings import load
mirror.binaries(load().cache, print)
if not machines.reasons():
    with tempfile.TemporaryDirectory() as home:
        machines.prepare(Path(home), load().cache, print)' || fail "What the lab stands on could not be built."
}

# Form of the Go parts, with the Go that the lab's builder finds. Their tests are run by pytest.
check_go() {
  local go module
  go=$(.venv/bin/python -c 'import sys
from lab.providers import toolchain
from webui.settings import load
print(toolchain.installed(toolchain.find(), load().cache, lambda said: print(said, file=sys.stderr)))') || fail "Go could not be had."
  for module in $(git ls-files 'lab/*go.mod' | xargs -n 1 dirname); do
    # A module without code of ours only pins what is built from it; its files are fetched when that is built.
    [[ -n $(git ls-files "$module/*.go") ]] || continue
    if ! (cd "$module" && test -z "$("$(dirname "$go")/gofmt" -l .)" && "$go" vet ./...); then
      fail "The Go parts in $module do not have the form of gofmt and go vet."
    fi
  done
}
