"""What stands for an air-gapped site's servers: packages (apt) and images, built from the package registries alone."""

from __future__ import annotations

from lab.mirror.programs import binaries

__all__ = ["binaries"]
