"""Local OpenAI and Azure OpenAI services on loopback, for people and for tests.

Their truth is the published schema beside this file, documentation and recorded traffic; this
package knows nothing of the programs that call it.
"""
