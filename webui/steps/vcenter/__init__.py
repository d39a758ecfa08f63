"""The vCenter page."""
