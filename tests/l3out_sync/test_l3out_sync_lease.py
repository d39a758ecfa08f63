"""The lease: who may write, for how long, and how it changes hands. Time is the test's."""

from __future__ import annotations

import pytest

from l3out_sync.core.cluster import Ref
from l3out_sync.core.problem import Problem
from l3out_sync.kube.api import KubeError
from l3out_sync.kube.events import AGAIN, Recorder, event
from l3out_sync.kube.lease import Elector, Times
from tests.l3out_sync.fake_kube import FakeKube

TIMES = Times(duration=8, deadline=5, retry=1.5)
PLACE = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l3out-sync"


class World:
    """An API server, a clock, and replicas over both."""

    def __init__(self) -> None:
        self.kube, self.time = FakeKube(), 0.0

    def replica(self, name: str) -> Elector:
        return Elector(
            self.kube,  # type: ignore[arg-type]
            "default",
            "l3out-sync",
            name,
            changed=lambda: None,
            times=TIMES,
            now=lambda: self.time,
        )


@pytest.fixture
def world() -> World:
    return World()


def test_the_first_takes_it_and_the_second_waits(world: World) -> None:
    one, two = world.replica("one"), world.replica("two")
    assert one.attempt() and not two.attempt()
    assert one.leads() and not two.leads()


def test_the_second_takes_over_when_nobody_renews(world: World) -> None:
    one, two = world.replica("one"), world.replica("two")
    one.attempt()
    two.attempt()
    world.time = 5.1
    assert not one.leads(), "it stops before the other may begin"
    assert not two.attempt()
    world.time = 8.1
    assert two.attempt() and two.leads() and not one.leads()
    assert world.kube.get(PLACE)["spec"]["leaseTransitions"] == 1


def test_a_renewing_leader_keeps_it(world: World) -> None:
    one, two = world.replica("one"), world.replica("two")
    for second in range(0, 60, 2):
        world.time = float(second)
        assert one.attempt() and not two.attempt()
    assert world.kube.get(PLACE)["spec"]["leaseTransitions"] == 0


def test_expiry_is_judged_by_the_local_clock_alone(world: World) -> None:
    """A replica that has just started waits for a whole duration, whatever the lease's own times say."""
    one = world.replica("one")
    one.attempt()
    world.time = 1000.0
    two = world.replica("two")
    assert not two.attempt()
    world.time = 1008.1
    assert two.attempt()


def test_given_back_it_is_taken_at_once(world: World) -> None:
    one, two = world.replica("one"), world.replica("two")
    one.attempt()
    two.attempt()
    one.stop()
    assert not one.leads() and two.attempt()


def test_of_two_at_once_one_gets_it(world: World) -> None:
    one, two = world.replica("one"), world.replica("two")
    held = world.kube.get
    world.kube.get = lambda *_a, **_k: (_ for _ in ()).throw(KubeError(404, "not found"))  # type: ignore[method-assign]
    one.attempt()
    with pytest.raises(KubeError, match="quicker"):
        two.attempt()
    world.kube.get = held  # type: ignore[method-assign]
    assert one.leads() and not two.leads()


def test_without_an_api_server_nobody_leads_for_long(world: World) -> None:
    one = world.replica("one")
    one.attempt()
    world.kube.kill()
    with pytest.raises(KubeError):
        one.attempt()
    assert one.leads()
    world.time = 5.1
    assert not one.leads()


# ---- Events

POD = Problem(Ref("Pod", "shop", "web-0", "u"), "WrongAnnotation", "It is wrong.", "Mend it.")
SPACE = Problem(Ref("Namespace", "", "shop", "u"), "WrongAnnotation", "It is wrong.", "Mend it.")


def told(recorder: Recorder) -> int:
    return recorder._queue.qsize()


def test_a_problem_that_stays_is_told_once_and_again_after_an_hour() -> None:
    clock = [0.0]
    recorder = Recorder(FakeKube(), "one", now=lambda: clock[0])  # type: ignore[arg-type]
    for _ in range(5):
        recorder.report([POD])
    assert told(recorder) == 1
    clock[0] = AGAIN + 1
    recorder.report([POD])
    assert told(recorder) == 2


def test_one_that_went_and_came_back_is_told_anew() -> None:
    recorder = Recorder(FakeKube(), "one")  # type: ignore[arg-type]
    recorder.report([POD])
    recorder.report([])
    recorder.report([POD])
    assert told(recorder) == 2


def test_an_event_stands_where_its_object_does() -> None:
    import datetime as dt

    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert event(POD, "one", now)["metadata"]["namespace"] == "shop"
    of_namespace = event(SPACE, "one", now)
    assert of_namespace["metadata"]["namespace"] == "default"
    assert "namespace" not in of_namespace["involvedObject"]
    assert of_namespace["message"] == "It is wrong. Mend it."
