"""What goes wrong with a service, in one sentence that quotes nothing of what it said."""

import openai


def in_words(error: openai.APIError, variable: str) -> str:
    """Say what happened and what to do; `variable` holds the key."""
    if not isinstance(error, openai.APIStatusError):
        return "the service cannot be reached; look at the address and the network, and run again"
    status = error.status_code
    if status == 401:  # noqa: PLR2004
        return f"the service refuses the key (401); look at what {variable} holds"
    if status == 403:  # noqa: PLR2004
        return f"the key of {variable} may not read this (403); give it that permission"
    if status == 404:  # noqa: PLR2004
        return "the service has no such records (404); look at the address of the account"
    if status == 429:  # noqa: PLR2004
        return "the service still refuses because of its rate limit (429); run again later"
    code = error.code if isinstance(error.code, str) and error.code.isidentifier() else ""
    return f"the service failed ({status}{' ' + code if code else ''}); run again later"
