"""The fields of a credential form, read as texts that are no longer than any has to be."""

from collections.abc import Iterator, Mapping
from typing import override

from models.failures.failure import bad_request

# The certificates of all public authorities together have 240,000.
_MOST_CHARACTERS = 300_000
# Dify itself keeps 255.
_MOST_OF_A_NAME = 1_000


class Texts(Mapping[str, str]):
    """Credentials as texts; a number is one, and what is None is not there.

    Reading any other value, or one that is too long for every field, raises InvokeBadRequestError,
    which does not show it.
    """

    def __init__(self, entered: Mapping[str, object], *, service: str) -> None:
        self._entered = entered
        self._service = service

    @override
    def __getitem__(self, name: str) -> str:
        value = self._entered.get(name)
        if value is None:
            raise KeyError(name)
        if isinstance(value, bool | list | dict):
            raise bad_request(
                f"{self._service}: the field `{name}` of the credentials holds no text but a value "
                f"of the type {type(value).__name__}; enter it again in the settings"
            )
        if len(text := str(value)) > _MOST_CHARACTERS:
            raise bad_request(
                f"{self._service}: the field `{name}` of the credentials has {len(text):,} "
                f"characters, and none needs more than {_MOST_CHARACTERS:,}; enter it again in the "
                "settings"
            )
        return text

    @override
    def __iter__(self) -> Iterator[str]:
        return (name for name, value in self._entered.items() if value is not None)

    @override
    def __len__(self) -> int:
        return sum(1 for _ in self)


def checked_name(model: str, *, service: str) -> str:
    """Return the name of a model. Raises InvokeBadRequestError for one that is too long."""
    if len(model) > _MOST_OF_A_NAME:
        raise bad_request(
            f"{service}: the model's name has {len(model):,} characters, and none needs more than "
            f"{_MOST_OF_A_NAME:,}; enter its name in the settings"
        )
    return model
