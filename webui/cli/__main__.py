"""`python -m webui.cli`."""

from __future__ import annotations

from webui.cli import main

if __name__ == "__main__":
    main()
