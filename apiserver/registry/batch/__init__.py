"""batch: work that ends: one file per kind. No serving here."""
