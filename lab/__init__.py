"""The built-in lab: what it imitates is marked as simulated, in code and on its pages."""
