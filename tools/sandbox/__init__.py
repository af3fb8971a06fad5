"""A local OpenAI and Azure OpenAI service on loopback, for people and for tests.

Its truth is the published schema beside this file and recorded traffic of the real services; it
knows nothing of the programs that call it.
"""
