"""The fabric's side: what stands there, kept true by subscriptions, and paced writes."""
