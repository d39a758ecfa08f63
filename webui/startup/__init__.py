"""What `./startup.sh` does after the Python environment stands: tools, database, assets, processes."""
