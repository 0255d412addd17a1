"""What holds for all clusters and pods: whoever is placed may be there, and who is refused fits nowhere.

The rules are written a second time here, naively and over plain objects, and compared on random clusters.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wherry.scheduler.diagnosis import Diagnosis
from wherry.scheduler.preemption import Candidate, Preemption

from tests.scheduler.objects import HOST, ZONE, World, at_once, node, pod, spread, storage

Object = dict[str, Any]
GPU = "example.com/gpu"
APPS = ("web", "db")
TAINT = {"key": "dedicated", "value": "x", "effect": "NoSchedule"}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
FEW = settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def bound(zone: str, mode: str) -> tuple[Object, Object]:
    """A claim and the volume in that zone which it is bound to."""
    name = f"{zone}-{mode}".lower()
    claim = {
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": name,
            "namespace": "default",
            "annotations": {"pv.kubernetes.io/bind-completed": "yes"},
        },
        "spec": {"volumeName": name, "accessModes": [mode]},
        "status": {"phase": "Bound"},
    }
    terms = [{"matchExpressions": [{"key": ZONE, "operator": "In", "values": [zone]}]}]
    spec = {"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}}
    return claim, {"kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


CLAIMS = {claim["metadata"]["name"]: (claim, volume) for claim, volume in (
    bound("y", "ReadWriteOnce"), bound("z", "ReadWriteOncePod")
)}  # fmt: skip


@st.composite
def nodes(draw: Any) -> list[Object]:
    return [
        node(
            f"n{i}",
            cpu=f"{draw(st.integers(1, 4))}",
            zone=draw(st.sampled_from(("", "y", "z"))),
            memory=f"{draw(st.integers(1, 4))}Gi",
            pods=str(draw(st.integers(1, 4))),
            taints=[TAINT] if draw(st.booleans()) and draw(st.booleans()) else [],
            unschedulable=draw(st.integers(0, 5)) == 5,
            allocatable={GPU: str(draw(st.integers(0, 2)))},
        )
        for i in range(draw(st.integers(1, 4)))
    ]


def seldom(draw: Any) -> bool:
    return bool(draw(st.integers(0, 3)) == 3)


@st.composite
def one_pod(draw: Any, name: str, *, plain: bool = False) -> Object:
    """`plain`: nothing that concerns other pods but room and ports."""
    container: Object = {"name": "c", "resources": {"requests": requests(draw)}}
    if draw(st.booleans()):
        port = {"containerPort": 1, "hostPort": 80}
        address = draw(st.sampled_from(("", "127.0.0.1", "127.0.0.2")))
        container["ports"] = [{**port, "hostIP": address} if address else port]
    spec: Object = {"containers": [container]}
    if seldom(draw):
        spec["tolerations"] = [{"key": "dedicated", "operator": "Exists"}]
    if seldom(draw):
        spec["nodeSelector"] = {ZONE: draw(st.sampled_from("yz"))}
    if seldom(draw) and not plain:
        claim = draw(st.sampled_from(sorted(CLAIMS)))
        spec["volumes"] = [{"name": "v", "persistentVolumeClaim": {"claimName": claim}}]
    app = draw(st.sampled_from(APPS))
    if seldom(draw) and not plain:
        spec["topologySpreadConstraints"] = [
            spread(draw(st.sampled_from((ZONE, HOST))), app=app, skew=draw(st.integers(1, 2)))
        ]
    affinity = {
        kind: {REQUIRED: [{"labelSelector": {"matchLabels": {"app": draw(st.sampled_from(APPS))}},
                           "topologyKey": draw(st.sampled_from((ZONE, HOST)))}]}
        for kind in ("podAffinity", "podAntiAffinity") if not plain and seldom(draw)
    }  # fmt: skip
    if affinity:
        spec["affinity"] = affinity
    return pod(name, labels={"app": app}, priority=draw(st.integers(0, 3)), **spec)


def requests(draw: Any) -> Object:
    asked: Object = {}
    if draw(st.booleans()):
        asked["cpu"] = f"{draw(st.integers(1, 5)) * 500}m"
    if draw(st.booleans()):
        asked["memory"] = f"{draw(st.integers(1, 4)) * 512}Mi"
    if seldom(draw):
        asked[GPU] = "1"
    return asked


class Rules:
    """The hard rules, over nodes and over pods with the names of their nodes."""

    def __init__(self, listed: list[Object]) -> None:
        self.nodes = {n["metadata"]["name"]: n for n in listed}
        self.placed: list[tuple[Object, str]] = []

    def allows(self, one: Object, name: str) -> bool:
        here = self.nodes[name]
        there = [other for other, at in self.placed if at == name]
        return (
            self.admits(one, here)
            and len(there) < int(here["status"]["allocatable"]["pods"])
            and all(
                sum(amount(p, what) for p in (*there, one)) <= units(here["status"]["allocatable"].get(what))
                for what in ("cpu", "memory", GPU)
                if amount(one, what)
            )
            and not any(clash(a, b) for a in ports(one) for other in there for b in ports(other))
            and self.volumes(one, here)
            and self.near(one, here)
            and self.far(one, here)
            and self.even(one, here)
        )

    def admits(self, one: Object, here: Object) -> bool:
        """What the node and the pod say of each other."""
        tolerant = bool(one["spec"].get("tolerations"))
        tags = here["metadata"]["labels"]
        return (
            (tolerant or not here["spec"].get("taints"))
            and not here["spec"].get("unschedulable")
            and one["spec"].get("nodeSelector", {}).items() <= tags.items()
        )

    def volumes(self, one: Object, here: Object) -> bool:
        for name in claims(one):
            if here["metadata"]["labels"].get(ZONE) != name[0]:
                return False
            if name.endswith("pod") and any(name in claims(other) for other, _ in self.placed):
                return False
        return True

    def places(self, key: str, app: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for other, at in self.placed:
            value = self.nodes[at]["metadata"]["labels"].get(key)
            if value is not None and other["metadata"]["labels"]["app"] == app:
                found[value] += 1
        return found

    def near(self, one: Object, here: Object) -> bool:
        for key, app in terms(one, "podAffinity"):
            value = here["metadata"]["labels"].get(key)
            if value is None:
                return False
            known = self.places(key, app)
            first = not known and one["metadata"]["labels"]["app"] == app
            if not known[value] and not first:
                return False
        return True

    def far(self, one: Object, here: Object) -> bool:
        tags = here["metadata"]["labels"]
        if any(
            key in tags and self.places(key, app)[tags[key]] for key, app in terms(one, "podAntiAffinity")
        ):
            return False
        return not any(
            app == one["metadata"]["labels"]["app"]
            and key in tags
            and self.nodes[at]["metadata"]["labels"].get(key) == tags[key]
            for other, at in self.placed
            for key, app in terms(other, "podAntiAffinity")
        )

    def even(self, one: Object, here: Object) -> bool:
        """Domains are those of nodes that the pod's node selector admits."""
        for rule in one["spec"].get("topologySpreadConstraints", ()):
            key, app = rule["topologyKey"], rule["labelSelector"]["matchLabels"]["app"]
            if key not in here["metadata"]["labels"]:
                return False
            wanted = one["spec"].get("nodeSelector", {}).items()
            taking_part = {
                name: n["metadata"]["labels"][key]
                for name, n in self.nodes.items()
                if key in n["metadata"]["labels"] and wanted <= n["metadata"]["labels"].items()
            }
            count = dict.fromkeys(taking_part.values(), 0)
            for other, at in self.placed:
                if at in taking_part and other["metadata"]["labels"]["app"] == app:
                    count[taking_part[at]] += 1
            mine = int(one["metadata"]["labels"]["app"] == app)
            least = min(count.values(), default=0)
            if count.get(here["metadata"]["labels"][key], 0) + mine - least > rule["maxSkew"]:
                return False
        return True


def units(text: str | None) -> int:
    """The few forms of quantities used here, in thousandths."""
    if not text:
        return 0
    for suffix, factor in (("m", 1), ("Gi", 1000 << 30), ("Mi", 1000 << 20)):
        if text.endswith(suffix):
            return int(text.removesuffix(suffix)) * factor
    return int(text) * 1000


def amount(one: Object, what: str) -> int:
    return sum(units(c["resources"]["requests"].get(what)) for c in one["spec"]["containers"])


def ports(one: Object) -> list[Object]:
    return [port for c in one["spec"]["containers"] for port in c.get("ports", ())]


def clash(a: Object, b: Object) -> bool:
    one, two = a.get("hostIP"), b.get("hostIP")
    return one is None or two is None or one == two


def claims(one: Object) -> list[str]:
    return [v["persistentVolumeClaim"]["claimName"] for v in one["spec"].get("volumes", ())]


def terms(one: Object, kind: str) -> list[tuple[str, str]]:
    listed = one["spec"].get("affinity", {}).get(kind, {}).get(REQUIRED, ())
    return [(t["topologyKey"], t["labelSelector"]["matchLabels"]["app"]) for t in listed]


def world(listed: list[Object]) -> World:
    return World(*listed, stored=storage(*(obj for pair in CLAIMS.values() for obj in pair)))


@FEW
@given(st.data())
def test_who_is_placed_may_be_there_and_who_is_refused_fits_nowhere(data: st.DataObject) -> None:
    listed = data.draw(nodes())
    rules, cluster = Rules(listed), world(listed)
    for number in range(data.draw(st.integers(1, 10))):
        one = data.draw(one_pod(f"p{number}"))
        info = cluster.info(one)
        found = at_once(cluster.framework.attempt(info))
        if isinstance(found, Diagnosis):
            assert not [name for name in rules.nodes if rules.allows(one, name)], str(found)
            continue
        assert rules.allows(one, found.name)
        cluster.cache.assume(info, found.name)
        rules.placed.append((one, found.name))


@FEW
@given(st.data())
def test_who_is_preempted_matters_less_and_makes_room(data: st.DataObject) -> None:
    listed = data.draw(nodes())
    rules, cluster = Rules(listed), world(listed)
    for number in range(data.draw(st.integers(1, 8))):
        one = data.draw(one_pod(f"p{number}", plain=True))
        found = at_once(cluster.framework.attempt(cluster.info(one)))
        if not isinstance(found, Diagnosis):
            cluster.cache.assume(cluster.info(one), found.name)
            rules.placed.append((one, found.name))
    wanting = data.draw(one_pod("wanting", plain=True))
    info = cluster.info(wanting)
    diagnosis = at_once(cluster.framework.attempt(info))
    if not isinstance(diagnosis, Diagnosis):
        return
    preemption = Preemption(cluster.framework, cluster.cache, lambda namespace: (), Random(1))
    result = at_once(preemption.search(info, diagnosis))
    everyone = list(rules.placed)
    if isinstance(result, Candidate):
        names = {victim.name for victim in result.victims}
        assert names
        assert all(victim.priority < info.priority for victim in result.victims)
        assert all(at == result.node for other, at in everyone if other["metadata"]["name"] in names)
        rules.placed = [(o, at) for o, at in everyone if o["metadata"]["name"] not in names]
        assert rules.allows(wanting, result.node)
        return
    rules.placed = [(o, at) for o, at in everyone if o["spec"]["priority"] >= info.priority]
    assert not [name for name in rules.nodes if rules.allows(wanting, name)], result
