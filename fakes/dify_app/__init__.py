"""A local Dify app API on loopback: apps that answer by rule and remember their conversations.

What it knows comes from Dify's documentation, its public source and recorded streams
(`../PROVENANCE.md`); like the rest of the sandbox it knows nothing of the programs that call it.
"""
