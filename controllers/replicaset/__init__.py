"""ReplicaSet and ReplicationController: as many pods as asked for. Only what both share may enter."""
