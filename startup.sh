#!/usr/bin/env bash
# ./startup.sh <port> [--lab]: prepares the environment, then serves Anchorage. Everything else is in webui/serve.py.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() {
  echo "anchorage: $*" >&2
  exit 1
}

usage="usage: ./startup.sh <port> [--lab] [--host ADDRESS] [--cert FILE --key FILE]"
case "${1:-}" in
  -h | --help) echo "$usage"; exit 0 ;;
  '') fail "$usage" ;;
esac

# shellcheck source=tools/environment.sh
source tools/environment.sh
prepare_environment requirements.lock

exec .venv/bin/python -m webui.serve "$@"
