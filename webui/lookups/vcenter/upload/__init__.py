"""A machine template from an OVA: read as it streams, imported through the vSphere API, snapshotted and marked."""
