"""Tables, sessions and encryption at rest."""
