"""Stand-ins for Terraform providers: for the lab's simulators alone, never for a real site."""
