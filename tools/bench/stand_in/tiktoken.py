"""Stands in for tiktoken in other plugins, whose tables are downloads: a token is a byte of UTF-8.

First on their PYTHONPATH, unless `--env PYTHONPATH=` says otherwise. It is faster than the real
one. The upstream of the embedding benchmark reads such tokens as texts.
"""


class Encoding:
    """Counts and cuts as tiktoken's class does."""

    def encode(self, text: str, **_: object) -> list[int]:
        """Return a text's tokens."""
        return [*text.encode()]

    def decode(self, tokens: list[int]) -> str:
        """Return the text of tokens."""
        return bytes(tokens).decode()


def get_encoding(_name: str) -> Encoding:
    """Return the one that there is."""
    return Encoding()


def encoding_for_model(_model: str) -> Encoding:
    """Return the one that there is."""
    return Encoding()
