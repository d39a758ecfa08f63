"""What stands in the lab, and in the lab alone, for calico-node, calico/cni and calico/kube-controllers."""
