"""The Machines page."""
