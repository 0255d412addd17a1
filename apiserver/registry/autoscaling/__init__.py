"""autoscaling: horizontal pod autoscalers, v1 and v2: one file per kind. No serving here."""
