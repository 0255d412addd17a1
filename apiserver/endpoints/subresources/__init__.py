"""One subresource per file, for those that are more than a view of their object."""
