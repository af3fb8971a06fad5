"""The chat completions that a service stores for Dify's apps, page by page.

OpenAI's API reference, chat/list: the oldest first, filtered by metadata, `after` an id.
"""

import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import openai

from tools.usage.accounts import Account
from tools.usage.calls import Call, NoCall, call_of_completion
from tools.usage.failures import SourceFailure
from tools.usage.service_failures import in_words

_PAGE = 100
_DIFY = {"dify_source": "dify"}
# Sorted by when they began, completions may come to the list only when they end, and so before
# some that are there: what is younger is read once more the next time.
_MAY_COME_LATE_SECONDS = 15 * 60
# The thread that fetches ahead waits this long for Python's lock after each piece of a page; with
# the usual 5 ms a page takes longer to fetch than to write.
_SWITCH_SECONDS = 0.0005


@dataclass(frozen=True, slots=True)
class Page:
    """A page of calls, what could not be read of it, and after which id to read on."""

    calls: list[Call]
    faults: list[str]
    after: str | None


def source_of(account: Account) -> str:
    """Return under what an account's position is kept."""
    return f"stored:{account.provider}:{account.name}:{account.url}"


def pages(account: Account, client: openai.OpenAI, after: str | None) -> Iterator[Page]:
    """Yield the pages after an id, all of them if it is None or no longer there.

    Raises:
        SourceFailure: a page cannot be had; those before it are whole.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    settled, settled_before = after, time.time() - _MAY_COME_LATE_SECONDS
    holder = account.holder
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(_listed, account, client, after)
        while True:
            listed = coming.result()
            if listed is None:
                after = settled = None
                coming = ahead.submit(_listed, account, client, after)
                yield Page([], ["what was read last is gone; all are read again"], None)
                continue
            calls, faults = [], []
            for record in listed["data"]:
                try:
                    call = call_of_completion(record, holder)
                except NoCall as fault:
                    faults.append(f"a stored completion after {after} cannot be read, {fault}")
                    continue
                calls.append(call)
                if call.at < settled_before * 1000:
                    settled = call.id
            last = calls[-1].id if calls else after
            more = bool(listed.get("has_more"))
            if more and last != after:
                # The service answers while this page is written.
                coming = ahead.submit(_listed, account, client, last)
            yield Page(calls, faults, settled)
            if not more:
                return
            if last == after:
                raise SourceFailure(f"the page after {after} names no completion to read on from")
            after = last


def _listed(account: Account, client: openai.OpenAI, after: str | None) -> Any:
    """Return a page as JSON, None where `after` is no longer there."""
    try:
        # Read here: the client's own models of a page take longer than all the rest.
        answer = client.chat.completions.with_raw_response.list(
            limit=_PAGE, order="asc", after=after or openai.omit, metadata=_DIFY
        )
        listed = json.loads(answer.content)
    except openai.NotFoundError as error:
        if after:
            return None
        raise SourceFailure(in_words(error, account.key_env)) from None
    except openai.APIError as error:
        raise SourceFailure(in_words(error, account.key_env)) from None
    except ValueError:
        listed = None
    if not isinstance(listed, dict) or not isinstance(listed.get("data"), list):
        raise SourceFailure(
            f"what the service answers is no list of completions; look at the address {account.url}"
        )
    return listed
