"""The in-cluster controller that keeps L3Out external EPGs in step with workloads.

`core` is pure: what the cluster looks like -> what the fabric must hold -> the requests that get it there. `kube` and
`fabric` are its two sides, `run` joins them. It imports `aci` and nothing else of ours.
"""
