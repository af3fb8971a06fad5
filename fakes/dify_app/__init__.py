"""A local Dify app API on loopback: apps that answer by rule and remember their conversations.

It serves the process that makes it (`server.DifyServer`), so that a test plans what is answered and
reads what was asked without a protocol in between; `python -m fakes.dify_app` serves one app to
people. It knows nothing of the programs that call it. What it answers follows public sources, named
beside each rule: "docs" are langgenius/dify-docs, folder `en/api-reference`; "source" is
langgenius/dify, folder `api`; "stream 03" is a file of `tests/connector/streams` and "recording 31"
one of `tests/connector/recorded`, whose `PROVENANCE.md` say where they come from.
"""
