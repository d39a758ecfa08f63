#!/usr/bin/env bash
# Runs a command where there is no network but loopback: no route leads anywhere, no name server answers. As root;
# else it runs the command as it is, and says so.
set -euo pipefail

if [[ $(id -u) != 0 ]] || ! command -v ip >/dev/null; then
  echo "NOT WITHOUT NETWORK: that needs root and iproute2." >&2
  exec "$@"
fi
space=anchorage-offline-$$
ip netns add "$space"
trap 'ip netns del "$space"' EXIT
ip -n "$space" link set lo up
# Not `ip netns exec`, which lays a /sys of its own over the control groups that machines are in.
nsenter --net="/run/netns/$space" "$@"
