"""Both sides joined: settings, the reconcile loop, metrics, health, commands."""
