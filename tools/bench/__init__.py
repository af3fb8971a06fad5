"""The benchmark: the plugin as a real process against an upstream that is never the bottleneck."""
