"""The simulator's own page: the tree, an object's attributes and the live changes. Read-only, without secrets."""

from lab.apic.page.routes import Leaves, add_routes, version

__all__ = ["Leaves", "add_routes", "version"]
