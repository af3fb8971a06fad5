"""Moderation: one use case on the service layer, of OpenAI alone: Azure has no such endpoint."""
