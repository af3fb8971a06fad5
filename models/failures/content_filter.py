"""What a content filter found: the categories and block lists that an error names.

Azure names them in `innererror` of a Chat Completions error, in `content_filters` of a Responses
one, or nowhere.
"""

from collections.abc import Iterator, Mapping

# The name differs between paths and versions of the service.
_RESULTS = ("content_filter_result", "content_filter_results")
_HOLDERS = ("innererror", "content_filters", "prompt_filter_results")
_MOST_HOLDERS = 8


def filtered_in(error: object) -> str:
    """Return a sentence with each category and block list that was filtered, "" if none is."""
    named = dict.fromkeys(name for results in _results_in(error) for name in _named(results))
    return f" Filtered: {', '.join(named)}." if named else ""


def _results_in(error: object, depth: int = 2) -> Iterator[Mapping[str, object]]:
    if not isinstance(error, Mapping):
        return
    for name in _RESULTS:
        if isinstance(results := error.get(name), Mapping):
            yield results
    for name in _HOLDERS if depth else ():
        held = error.get(name)
        for part in held[:_MOST_HOLDERS] if isinstance(held, list) else (held,):
            yield from _results_in(part, depth - 1)


def _named(results: Mapping[str, object]) -> Iterator[str]:
    for category, result in results.items():
        # A list, or an object of details: Azure/azure-sdk-for-go#22847 has both.
        details = result.get("details") if isinstance(result, Mapping) else result
        ids = list(_ids(details)) if isinstance(details, list) else []
        if ids:
            yield f"{category} ({', '.join(ids)})"
        elif isinstance(result, Mapping) and result.get("filtered") is True:
            yield f"{category} ({result.get('severity') or 'detected'})"


def _ids(details: list[object]) -> Iterator[str]:
    for detail in details:
        match detail:
            case {"filtered": True, "id": str(name)} | {"detected": True, "id": str(name)}:
                yield name
