"""The installer: wizard, runs and command line."""
