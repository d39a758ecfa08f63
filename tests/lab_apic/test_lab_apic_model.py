"""Merging against a plain model: random creates, merges, deletions and refused transactions; restart and feed agree."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from aci.mo import Mo, mo
from lab.apic.core import Apic
from lab.apic.errors import ApicError

names = st.sampled_from(["a", "b", "c"])
words = st.sampled_from(["", "x", "y"])
ROOT = "uni/tn-model"


class Merging(RuleBasedStateMachine):
    """A tenant with VRFs and BDs with subnets; the model is a dict of DN to description."""

    @initialize()
    def start(self) -> None:
        self.home = tempfile.TemporaryDirectory()
        self.apic = Apic(Path(self.home.name), admin_password="x")
        self.apic.change([("uni", mo("fvTenant", name="model"))])
        self.model: dict[str, str] = {ROOT: ""}
        self.mirror: dict[str, str] = {ROOT: ""}
        self.apic.feed.listen(self.follow)

    def follow(self, changes) -> None:
        """A second model, built from the change feed alone."""
        for change in changes:
            if change.kind == "deleted":
                del self.mirror[change.dn]
            elif change.kind == "created":
                assert change.dn not in self.mirror
                self.mirror[change.dn] = change.attributes.get("descr", "")
            else:
                self.mirror[change.dn] = change.attributes.get("descr", self.mirror[change.dn])

    def bd(self, name: str) -> str:
        return f"{ROOT}/BD-{name}"

    @rule(
        name=names,
        descr=words,
        subnet=st.one_of(st.none(), st.integers(1, 3)),
        at=st.sampled_from(["own", "parent", "uni"]),
    )
    def put(self, name: str, descr: str, subnet: int | None, at: str) -> None:
        below = [] if subnet is None else [mo("fvSubnet", ip=f"198.18.{subnet}.1/24", descr=descr)]
        body = mo("fvBD", *below, name=name, descr=descr)
        dn = {"own": self.bd(name), "parent": ROOT, "uni": "uni"}[at]
        self.apic.change([(dn, body if at != "uni" else mo("fvTenant", body, name="model"))])
        self.model[self.bd(name)] = descr
        self.model.setdefault(f"{self.bd(name)}/rsctx", "")
        if subnet is not None:
            self.model[f"{self.bd(name)}/subnet-[198.18.{subnet}.1/24]"] = descr

    @rule(name=names)
    def delete(self, name: str) -> None:
        self.apic.change([("uni", Mo("fvBD", {"dn": self.bd(name), "status": "deleted"}))])
        self.model = {dn: descr for dn, descr in self.model.items() if not (dn + "/").startswith(self.bd(name) + "/")}

    @rule(name=names, descr=words)
    def refused(self, name: str, descr: str) -> None:
        bad = mo("fvTenant", mo("fvBD", name=name, status="deleted"), mo("fvBD", name="new", descr=descr), name="model")
        worse = Mo(bad.cls, bad.attributes, (*bad.children, mo("fvBD", name="z", arpFlood="nonsense")))
        try:
            self.apic.change([("uni", worse)])
        except ApicError:
            return
        raise AssertionError("it was not refused")

    @rule(name=names, descr=words)
    def again_in_one_transaction(self, name: str, descr: str) -> None:
        gone = Mo("fvBD", {"dn": self.bd(name), "status": "deleted"})
        self.apic.change([("uni", gone), (ROOT, mo("fvBD", name=name, descr=descr))])
        self.delete_from_model(name)
        self.model[self.bd(name)] = descr
        self.model[f"{self.bd(name)}/rsctx"] = ""

    def delete_from_model(self, name: str) -> None:
        self.model = {dn: descr for dn, descr in self.model.items() if not (dn + "/").startswith(self.bd(name) + "/")}

    @rule()
    def restart(self) -> None:
        self.apic.close()
        self.apic = Apic(Path(self.home.name), admin_password="x")
        self.apic.feed.listen(self.follow)

    @invariant()
    def it_holds_what_the_model_holds(self) -> None:
        if not hasattr(self, "apic"):
            return
        mine = {node.dn: node.get("descr") for node in self.apic.tree if (node.dn + "/").startswith(ROOT + "/")}
        mine.pop(f"{ROOT}/rsTenantMonPol")
        assert mine == self.model
        assert {dn: d for dn, d in self.mirror.items() if dn.startswith(ROOT)} == self.model
        classes = {node.dn for cls in ("fvBD", "fvSubnet", "fvRsCtx") for node in self.apic.tree.of_class(cls)}
        assert {dn for dn in classes if dn.startswith(ROOT)} == set(self.model) - {ROOT}

    def teardown(self) -> None:
        if hasattr(self, "apic"):
            self.apic.close()
            self.home.cleanup()


TestMerging = Merging.TestCase
TestMerging.settings = settings(max_examples=15, stateful_step_count=20)
