"""A simulated APIC: its REST interface over one managed-object tree. Part of the built-in lab, no real controller."""
