"""Settings that travel in HTTP headers, checked before a request fails over them."""

from models.errors import bad_request


def checked_header_text(text: str, *, label: str, service: str) -> str:
    """Return a text that a header can carry: printable ASCII (RFC 9110, section 5.5).

    Raises InvokeBadRequestError for any other, without showing it: it may be most of a key.
    """
    if not (text.isascii() and text.isprintable()):
        raise bad_request(
            f"{service}: the {label} has a line break or a character other than plain letters, "
            "digits and signs; copy it again and enter it in the settings"
        )
    return text
