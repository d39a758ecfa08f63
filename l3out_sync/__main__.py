"""`python -m l3out_sync`."""
