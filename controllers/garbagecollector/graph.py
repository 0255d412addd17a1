"""Who owns whom. Pure bookkeeping: it never reads or writes the API, it only says what needs attention.

Example: a Pod arrives before its ReplicaSet. The ReplicaSet gets a virtual node, which is reported so that
somebody asks the API for it. Either it arrives and becomes real, or it is absent and the Pod is reported.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...apimachinery.gvk import GroupVersionResource

Object = dict[str, Any]
FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
ABSENT_KEPT = 500


class Identity(NamedTuple):
    """What an owner reference says of an owner. `namespace` is empty for cluster-scoped objects."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str


@dataclass(eq=False)
class Node:
    identity: Identity
    resource: GroupVersionResource | None = None
    """None while virtual: known from the references of others only."""
    owners: list[Object] = field(default_factory=list)
    dependents: dict[str, Node] = field(default_factory=dict)
    deleting: bool = False
    finalizers: frozenset[str] = frozenset()

    @property
    def virtual(self) -> bool:
        return self.resource is None

    @property
    def deleting_dependents(self) -> bool:
        return self.deleting and FOREGROUND in self.finalizers

    def blocking(self) -> list[Node]:
        """Dependents that the foreground deletion of this node waits for."""
        uid = self.identity.uid
        return [
            d
            for d in self.dependents.values()
            if any(ref["uid"] == uid and ref.get("blockOwnerDeletion") for ref in d.owners)
        ]


class Graph:
    """`attention(uid)` is called for each node that may have to be deleted, `orphaning(uid)` for each whose
    dependents must be let go, `mismatch(dependent, reference)` for references across namespaces."""

    def __init__(
        self,
        attention: Callable[[str], None],
        orphaning: Callable[[str], None],
        mismatch: Callable[[Node, Object], None],
    ) -> None:
        self.nodes: dict[str, Node] = {}
        self._attention = attention
        self._orphaning = orphaning
        self._mismatch = mismatch
        self._absent: OrderedDict[Identity, None] = OrderedDict()
        self.is_namespaced: Callable[[str, str], bool | None] = lambda api_version, kind: None
        """Scope of an owner's kind, as far as known."""

    def owner_identity(self, dependent: Identity, ref: Object) -> Identity:
        """Where a reference's owner lives: in the dependent's namespace, or nowhere if cluster-scoped."""
        api_version, kind = ref.get("apiVersion", ""), ref.get("kind", "")
        namespaced = self.is_namespaced(api_version, kind)
        namespace = "" if namespaced is False else dependent.namespace
        return Identity(api_version, kind, namespace, ref.get("name", ""), ref.get("uid", ""))

    def known_absent(self, identity: Identity) -> bool:
        return identity in self._absent

    def note_absent(self, identity: Identity) -> None:
        self._absent[identity] = None
        self._absent.move_to_end(identity)
        if len(self._absent) > ABSENT_KEPT:
            self._absent.popitem(last=False)

    def put(self, r: GroupVersionResource, kind: str, meta: Object) -> None:
        """An object of this kind was added or changed; `meta` is its metadata."""
        identity = Identity(r.api_version, kind, meta.get("namespace", ""), meta["name"], meta["uid"])
        node = self.nodes.get(identity.uid)
        if node is None:
            node = self.nodes[identity.uid] = Node(identity, r)
        elif node.virtual:
            self._becomes_real(node, identity, r)
        self._absent.pop(identity, None)
        was_deleting, was_foreground = node.deleting, node.deleting_dependents
        had = node.finalizers
        node.deleting = "deletionTimestamp" in meta
        node.finalizers = frozenset(meta.get("finalizers") or ())
        self._set_owners(node, list(meta.get("ownerReferences") or ()))
        if not node.deleting:
            return
        if ORPHAN in node.finalizers and not (was_deleting and ORPHAN in had):
            self._orphaning(identity.uid)
        if node.deleting_dependents and not was_foreground:
            for dependent in node.dependents.values():
                self._attention(dependent.identity.uid)
            self._attention(identity.uid)

    def remove(self, uid: str) -> None:
        """An object is gone, or a virtual one was found absent."""
        node = self.nodes.pop(uid, None)
        if node is None:
            return
        self._detach(node, node.owners)
        if node.dependents:
            self.note_absent(node.identity)
        for dependent in node.dependents.values():
            self._attention(dependent.identity.uid)

    def replace_virtual(self, uid: str) -> None:
        """A virtual node's coordinates were wrong; dependents with others may still name a living owner."""
        node = self.nodes.get(uid)
        if node is None or not node.virtual:
            return
        self.note_absent(node.identity)
        others = [
            identity
            for dependent in node.dependents.values()
            for ref in dependent.owners
            if ref["uid"] == uid
            for identity in (self.owner_identity(dependent.identity, ref),)
            if not self.known_absent(identity)
        ]
        if not others:
            self.remove(uid)
            return
        for dependent in node.dependents.values():
            if self._names(dependent, node.identity):
                self._attention(dependent.identity.uid)
        node.identity = others[0]
        self._attention(uid)

    def _names(self, dependent: Node, identity: Identity) -> bool:
        return any(self.owner_identity(dependent.identity, ref) == identity for ref in dependent.owners)

    def _becomes_real(self, node: Node, identity: Identity, r: GroupVersionResource) -> None:
        node.identity, node.resource = identity, r
        for dependent in node.dependents.values():
            self._check(dependent, node)

    def _check(self, dependent: Node, owner: Node) -> None:
        """Reports a dependent whose reference does not fit the owner it found by uid."""
        for ref in dependent.owners:
            if ref["uid"] != owner.identity.uid:
                continue
            if not self._fits(dependent, ref, owner):
                self._mismatch(dependent, ref)
                self._attention(dependent.identity.uid)

    def _fits(self, dependent: Node, ref: Object, owner: Node) -> bool:
        """Versions of a group are interchangeable: the owner is the same object."""
        found = owner.identity
        group = ref.get("apiVersion", "").rpartition("/")[0]
        return (
            found.api_version.rpartition("/")[0] == group
            and found.kind == ref.get("kind")
            and found.name == ref.get("name")
            and found.namespace in ("", dependent.identity.namespace)
        )

    def _set_owners(self, node: Node, owners: list[Object]) -> None:
        old, node.owners = node.owners, owners
        if old == owners:
            return
        uids = {ref["uid"] for ref in owners}
        known = {ref["uid"]: ref for ref in old}
        for ref in owners:
            before = known.get(ref["uid"])
            if before is None:
                self._attach(node, ref)
            elif before.get("blockOwnerDeletion") and not ref.get("blockOwnerDeletion"):
                self._unblocked(ref["uid"])
        self._detach(node, [ref for ref in old if ref["uid"] not in uids])

    def _attach(self, node: Node, ref: Object) -> None:
        owner = self.nodes.get(ref["uid"])
        if owner is None:
            owner = self.nodes[ref["uid"]] = Node(self.owner_identity(node.identity, ref))
            owner.dependents[node.identity.uid] = node
            self._attention(ref["uid"])
            return
        owner.dependents[node.identity.uid] = node
        if owner.deleting_dependents:
            # It was made, or heard of, after the owner's dependents were looked at.
            self._attention(node.identity.uid)
        if not owner.virtual:
            self._check(node, owner)
        elif owner.identity != self.owner_identity(node.identity, ref):
            self._attention(node.identity.uid)

    def _detach(self, node: Node, refs: list[Object]) -> None:
        for ref in refs:
            owner = self.nodes.get(ref["uid"])
            if owner is None:
                continue
            owner.dependents.pop(node.identity.uid, None)
            if owner.virtual and not owner.dependents:
                del self.nodes[ref["uid"]]
            self._unblocked(ref["uid"])

    def _unblocked(self, uid: str) -> None:
        owner = self.nodes.get(uid)
        if owner is not None and owner.deleting_dependents:
            self._attention(uid)
