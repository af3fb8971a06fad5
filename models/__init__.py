"""The plugin's models: one folder per model type, one core for both providers."""
