"""A receiver of OpenTelemetry metrics on loopback: takes OTLP over HTTP and shows what arrived.

It shares no code with the plugin. What arrives is parsed by OpenTelemetry's own package, and a
field that its schema does not know is refused.
"""
