"""Text to speech: one use case on the service layer, for both providers."""
