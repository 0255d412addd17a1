"""Speed and memory of a cluster as a user gets it. Nothing of the product may import this."""
