"""Sizes what HorizontalPodAutoscalers point at by the metrics they name. Measuring is others' work."""
