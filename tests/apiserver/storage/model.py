"""The store's contract as plain dicts and lists: what the property tests compare with."""

from __future__ import annotations

from dataclasses import dataclass, field

from wherry.apiserver.storage.contract import (
    Compacted,
    Event,
    FutureRevision,
    KeyExists,
    KeyMissing,
    KeyValue,
    RevisionConflict,
)


@dataclass
class Model:
    log: list[Event] = field(default_factory=list)
    revision: int = 1
    compacted: int = 0

    def state(self, revision: int = 0) -> dict[str, KeyValue]:
        """Live keys at `revision` (0: now), by replaying everything."""
        state: dict[str, KeyValue] = {}
        for kind, kv, _ in self.log:
            if revision and kv.mod_revision > revision:
                break
            if kind == "PUT":
                state[kv.key] = kv
            else:
                del state[kv.key]
        return state

    def create(self, key: str, value: bytes) -> KeyValue:
        if key in self.state():
            raise KeyExists(key)
        return self._put(KeyValue(key, value, self.revision + 1, self.revision + 1, 1), None)

    def update(self, key: str, value: bytes, expected: int) -> KeyValue:
        old = self._expect(key, expected)
        new = KeyValue(key, value, old.create_revision, self.revision + 1, old.version + 1)
        return self._put(new, old)

    def delete(self, key: str, expected: int | None) -> KeyValue:
        old = self._expect(key, expected)
        self.revision += 1
        gone = KeyValue(key, b"", old.create_revision, self.revision, old.version + 1)
        self.log.append(Event("DELETE", gone, old))
        return old._replace(mod_revision=self.revision)

    def check(self, revision: int) -> None:
        if revision < self.compacted:
            raise Compacted(self.compacted)
        if revision > self.revision:
            raise FutureRevision(self.revision)

    def events(self, prefix: str, after: int) -> list[Event]:
        return [e for e in self.log if e.kv.mod_revision > after and e.kv.key.startswith(prefix)]

    def _expect(self, key: str, expected: int | None) -> KeyValue:
        old = self.state().get(key)
        if old is None:
            raise KeyMissing(key)
        if expected is not None and expected != old.mod_revision:
            raise RevisionConflict(old)
        return old

    def _put(self, kv: KeyValue, previous: KeyValue | None) -> KeyValue:
        self.revision += 1
        self.log.append(Event("PUT", kv, previous))
        return kv
