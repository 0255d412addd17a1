"""How many pods of a PodDisruptionBudget may be disrupted. Eviction itself is the API server's."""
