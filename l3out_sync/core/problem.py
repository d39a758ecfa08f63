"""What is wrong, for whom, and what to do about it: becomes an Event on the object and a metric."""

from dataclasses import dataclass
from typing import Literal

from l3out_sync.core.cluster import Ref

Reason = Literal[
    "WrongAnnotation",
    "TenantNotAllowed",
    "AmbiguousService",
    "AddressClaimedTwice",
    "L3OutMissing",
    "EpgOfOthers",
    "SubnetOfOthers",
    "CeilingNear",
    "CeilingReached",
    "FabricRefused",
    "EpgKept",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """`ref`: the object it is told on, None for what no object is to blame for."""

    ref: Ref | None
    reason: Reason
    message: str
    remedy: str

    @property
    def text(self) -> str:
        """Message and remedy."""
        return f"{self.message} {self.remedy}"
