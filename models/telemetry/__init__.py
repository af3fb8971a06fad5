"""Metrics of calls for the operator's own backend: OpenTelemetry, sent by a process of its own."""
