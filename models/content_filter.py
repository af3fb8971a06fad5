"""What Azure's content filter says about a prompt that it refused."""

from collections.abc import Mapping

# Under `innererror`; the name differs between paths and versions of the service.
_RESULTS = ("content_filter_result", "content_filter_results")


def filtered_categories(body: object) -> str:
    """Return a sentence with each category that was filtered and its severity, "" if none is named.

    Azure names them in `innererror` of a Chat Completions error and nowhere on Responses.
    """
    inner = body.get("innererror") if isinstance(body, Mapping) else None
    if not isinstance(inner, Mapping):
        return ""
    named = [
        f"{category} ({result.get('severity') or 'detected'})"
        for name in _RESULTS
        if isinstance(results := inner.get(name), Mapping)
        for category, result in results.items()
        if isinstance(result, Mapping) and result.get("filtered") is True
    ]
    return f" Filtered: {', '.join(named)}." if named else ""
