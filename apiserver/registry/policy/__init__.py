"""policy: disruption budgets: one file per kind. No serving here."""
