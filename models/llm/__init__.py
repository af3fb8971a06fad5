"""Language models: one core, two APIs, two providers."""
