"""Warn once about what would otherwise be said on every call."""

import logging
from collections import OrderedDict

# Enough for every endpoint and reason of a large workspace; the oldest are forgotten first.
_CAPACITY = 1024
_said: OrderedDict[tuple[str, ...], None] = OrderedDict()


def warn_once(logger: logging.Logger, topic: tuple[str, ...], message: str) -> None:
    """Log `message` at WARNING unless something was said about `topic` before.

    `topic` names the subject without secrets or content, e.g. `("metadata", endpoint, reason)`.
    """
    if topic in _said:
        return
    _said[topic] = None
    if len(_said) > _CAPACITY:
        _said.popitem(last=False)
    logger.warning(message)
