"""Terraform as a stage uses it: its working directory, environment, process, messages and errors."""
