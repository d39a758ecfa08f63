"""Runs: rows and numbered events, the pipeline of stages, and the executors that do the work."""
