"""Decisions: data in, data out. Nothing here talks to anybody."""
