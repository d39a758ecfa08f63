"""Names of the files in a simulator's home directory."""

ADMIN_PASSWORD = "admin-password"  # noqa: S105 - a file name
CA_PEM = "ca.pem"
SERVER_PEM = "server.pem"
LOG = "apic.log"
PROCESS = "process.json"
LOCK = "lock"
SOCKET = "door.sock"
"""Served beside the port: sockets of this kind are reached from other network namespaces, too."""
