"""The fields of a credential form, read as the texts that they are."""

from collections.abc import Iterator, Mapping
from typing import override

from models.failures.failure import bad_request


class Texts(Mapping[str, str]):
    """Credentials as texts; a number is one, and what is None is not there.

    Reading any other value raises InvokeBadRequestError, which does not show it.
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
        return str(value)

    @override
    def __iter__(self) -> Iterator[str]:
        return (name for name, value in self._entered.items() if value is not None)

    @override
    def __len__(self) -> int:
        return sum(1 for _ in self)
