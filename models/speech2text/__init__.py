"""Speech to text: one use case on the service layer, for both providers."""
