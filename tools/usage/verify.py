"""Whether the responses that usage lines name are stored: each is read once by its id.

The service has no call that lists responses.
"""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import batched
from typing import Any

import openai
from sqlalchemy import Connection, select

from tools.usage.accounts import Account
from tools.usage.calls import Call, NoCall, call_of_response
from tools.usage.database import calls
from tools.usage.failures import SourceFailure
from tools.usage.service_failures import in_words

_AT_ONCE = 4
_BATCH = 40

type Clients = Sequence[tuple[Account, openai.OpenAI]]


@dataclass(frozen=True, slots=True)
class Unverified:
    """A response that a line says is stored."""

    key: str
    id: str
    provider: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What the service has of some responses: the calls it knows, the keys of those it has not."""

    found: list[Call]
    missing: list[str]
    faults: list[str]


def unverified(connection: Connection, providers: Sequence[str]) -> list[Unverified]:
    """Return the stored responses of these services that nobody has looked for, oldest first."""
    query = select(calls.c.key, calls.c.id, calls.c.provider).where(
        calls.c.api == "responses",
        calls.c.stored,
        calls.c.id.is_not(None),
        calls.c.verified.is_(None),
        calls.c.provider.in_(providers),
    )
    return [Unverified(*row) for row in connection.execute(query.order_by(calls.c.at))]


def verified(clients: Clients, wanted: Sequence[Unverified]) -> Iterator[Verified]:
    """Yield what the accounts have of these responses. Raises SourceFailure."""
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for batch in batched(wanted, _BATCH):
            found, missing, faults = [], [], []
            looked_for = threads.map(lambda each: _look_for(clients, each), batch)
            for asked, call in zip(batch, looked_for, strict=True):
                if isinstance(call, Call):
                    # The line may have another key, if the id is a short one.
                    found.append(replace(call, key=asked.key))
                elif call is None:
                    missing.append(asked.key)
                else:
                    faults.append(f"response {asked.id} cannot be read, {call}")
            yield Verified(found, missing, faults)


def _look_for(clients: Clients, asked: Unverified) -> Call | NoCall | None:
    for account, client in clients:
        if account.provider != asked.provider:
            continue
        try:
            answer = client.responses.with_raw_response.retrieve(asked.id)
            record: Any = json.loads(answer.content)
            return call_of_response(record, account.holder)
        except openai.NotFoundError:
            continue
        except openai.APIError as error:
            why = in_words(error, account.key_env)
            raise SourceFailure(f"account {account.name!r}: {why}") from None
        except NoCall as fault:
            return fault
        except ValueError:
            return NoCall("the service answers with something else than JSON")
    return None
