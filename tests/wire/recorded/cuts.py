"""Where to cut a recorded stream into network writes so that a careless reader trips."""

from pydantic import JsonValue

# Shorter streams are cut every so many bytes throughout.
_EVERY = ((1_600, 1), (4_000, 3), (8_000, 7))
# Each write takes the service about a millisecond.
_MOST_CUTS = 500


def awkward_cuts(body: bytes) -> dict[str, JsonValue]:
    """Return the `split` of a step: every few bytes, or around line ends and inside characters."""
    for length, every in _EVERY:
        if len(body) <= length:
            return {"every": every}
    inside = [at for at, byte in enumerate(body) if 0x80 <= byte < 0xC0]
    around = [at + side for at, byte in enumerate(body) if byte in b"\r\n" for side in (0, 1)]
    # Characters of several bytes are rare, so they all stay; of the line ends every nth does.
    step = 1 + (len(inside) + len(around)) // _MOST_CUTS
    return {"at": list[JsonValue](sorted({*inside, *around[::step]}))}
