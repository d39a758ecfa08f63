"""One session that is down, and all that is known around it. PURE."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from webui.verify.expected import Expected, WantedLeaf, WantedNode
from webui.verify.lookup import Looked, bgp_of, ping_of
from webui.verify.seen import BgpPeer, Family, LeafSession, NodeSession, PeerConfig

MAX_EVIDENCE = 160


@dataclass(frozen=True)
class Case:
    """One session that is down, and all that is known around it."""

    looked: Looked
    node: WantedNode
    leaf: WantedLeaf
    family: Family

    @property
    def expected(self) -> Expected:
        """What the spec promises."""
        return self.looked.expected

    @cached_property
    def session(self) -> LeafSession | None:
        """As the leaf has it."""
        return self.looked.session(self.leaf, self.node, self.family)

    @cached_property
    def own(self) -> NodeSession | None:
        """As the node has it."""
        return self.looked.own(self.leaf, self.node, self.family)

    @cached_property
    def config(self) -> PeerConfig | None:
        """The peer on the APIC."""
        return self.looked.config(self.leaf, self.node, self.family)

    @cached_property
    def peer(self) -> BgpPeer | None:
        """The peer in Calico."""
        return self.looked.bgp_peer(self.leaf, self.family)

    @property
    def ping(self) -> str:
        """Whether the node reaches the leaf's address."""
        return self.looked.reach(self.node.name, ping_of(self.leaf, self.family))

    @property
    def tcp(self) -> str:
        """How the leaf's BGP port takes a connection without a password."""
        return self.looked.reach(self.node.name, bgp_of(self.leaf, self.family))

    @property
    def said(self) -> str:
        """Both sides' last words."""
        words = (self.own.error if self.own else "", self.session.reason if self.session else "")
        return " ".join(word for word in words if word)

    def evidence(self, *more: str) -> tuple[str, ...]:
        """What both sides say, and more."""
        found = [*more, *self._faults()]
        if self.session is not None:
            reason = f" ({self.session.reason})" if self.session.reason else ""
            found.append(f"Leaf {self.leaf.node} has the session in state {self.session.state}{reason}.")
        if self.own is not None:
            error = f", last error: {self.own.error}" if self.own.error else ""
            found.append(f"{self.node.name} has it in state {self.own.state}{error}.")
        return tuple(one[:MAX_EVIDENCE] for one in found if one)

    def _faults(self) -> list[str]:
        """What the APIC raises on the leaf's BGP."""
        place = f"/node-{self.leaf.node}/sys/bgp/"
        return [f"The APIC raises {one.code}: {one.text}" for one in self.looked.fabric.faults if place in one.dn]

    @property
    def changed(self) -> tuple[str, ...]:
        """The peer on the APIC was written after the spec was applied, and by whom as far as the audit log tells."""
        config, applied = self.config, self.looked.seen.applied_at
        if config is None or not applied or not config.changed or config.changed <= applied:
            return ()
        who = [one for one in self.looked.fabric.changes if one.dn == config.dn and one.at > applied]
        by = f" by {who[0].user}" if who and who[0].user else ""
        return (
            f"The peer on leaf {self.leaf.node} was changed on the APIC{by} after the last apply, at "
            f"{config.changed[:19]}.",
        )
