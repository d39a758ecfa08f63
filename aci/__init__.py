"""The APIC's vocabulary and a client for its REST interface.

`dn`, `mo`, `filters` and `query` are plain data and pure functions; `session` sends them.
"""
