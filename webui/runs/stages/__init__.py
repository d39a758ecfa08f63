"""A module for each stage that exists: `NAME`, as in `webui.store.models.STAGES`, and `run(context)`."""
