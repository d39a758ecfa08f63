"""Everything that a cluster owns in the fabric, removed: before the cluster is destroyed, or the controller for good.

The controller must not run any more, or it would put everything back.
"""

from aci.session import Session
from l3out_sync.core.fabric import Fabric
from l3out_sync.core.naming import L3OutKey
from l3out_sync.core.owned import Owned
from l3out_sync.core.plan import Plan, plan
from l3out_sync.core.policy import MARKER, Policy
from l3out_sync.fabric.mirror import find_owned, query_of
from l3out_sync.fabric.writer import Outcome, Writer


def read_fabric(session: Session, keys: set[L3OutKey]) -> Fabric:
    """L3Outs as they are now."""
    fabric = Fabric()
    for key in sorted(keys):
        fabric.install(key, session.get(query_of(key)))
    return fabric


def removal_plan(session: Session, cluster: str) -> Plan:
    """The steps that remove everything of a cluster. Raises AciError."""
    found = find_owned(session, MARKER.format(cluster))
    home = next(iter(sorted(found)), L3OutKey("", ""))
    return plan(Owned(), read_fabric(session, found), Policy(cluster, home))


def remove_owned(session: Session, cluster: str) -> int:
    """Remove everything of a cluster, nothing else; returns how many objects went. Raises AciError.

    External EPGs of the cluster's into which others put something stay, without what is the cluster's.
    """
    steps = removal_plan(session, cluster).steps
    outcome = Outcome()
    Writer(session, MARKER.format(cluster)).send(steps, outcome)
    if outcome.refused:
        raise outcome.refused[0][1]
    return len(outcome.done)
