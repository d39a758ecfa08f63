"""The L3Out page."""
