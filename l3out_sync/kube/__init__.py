"""The cluster's side: lists and watches, Events, the Lease."""
