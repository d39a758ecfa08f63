"""What stands for an air-gapped site's servers: packages (apt) now, images later."""
