"""A local cluster as one thing: where its files are, what its components are told, and who runs them."""
