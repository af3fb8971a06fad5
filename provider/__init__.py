"""The two providers that Dify shows, each a form and a check of its credentials."""
