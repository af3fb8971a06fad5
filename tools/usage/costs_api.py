"""What OpenAI billed an organization by day and line item, from its costs API.

openai 3.54, resources/admin/organization/usage.py: buckets of a day, at most 180 a page. Metadata
is nothing that it groups by, so this is compared with the sums of calls, never split by app.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import openai

from tools.usage.accounts import Account
from tools.usage.failures import SourceFailure
from tools.usage.service_failures import in_words

MOST_DAYS = 180
# What is billed of a day goes on changing for a while.
UNSETTLED_DAYS = 3


@dataclass(frozen=True, slots=True)
class Billed:
    """What a line item of a day cost, in USD."""

    day: date
    line_item: str
    amount: Decimal


def billed_since(account: Account, client: openai.OpenAI, first: date) -> Iterator[list[Billed]]:
    """Yield what was billed from a day on, page by page. Raises SourceFailure."""
    page: str | None = None
    while True:
        listed = _page(account, client, first, page)
        yield [billed for bucket in listed["data"] for billed in _billed(bucket)]
        previous, page = page, listed.get("next_page")
        if not listed.get("has_more") or not page or page == previous:
            return


def _page(account: Account, client: openai.OpenAI, first: date, page: str | None) -> Any:
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    try:
        answer = client.admin.organization.usage.with_raw_response.costs(
            start_time=round(begin.timestamp()),
            group_by=["line_item"],
            project_ids=[account.project] if account.project else openai.omit,
            limit=MOST_DAYS,
            page=page or openai.omit,
        )
        # A float of the day before would not give its cents back.
        listed = json.loads(answer.content, parse_float=Decimal)
    except openai.APIError as error:
        raise SourceFailure(in_words(error, account.admin_key_env or account.key_env)) from None
    except ValueError:
        listed = None
    if not isinstance(listed, dict) or not isinstance(listed.get("data"), list):
        raise SourceFailure("what the costs API answers is no list of days")
    return listed


def _billed(bucket: Any) -> Iterator[Billed]:
    """Yield the line items of a day."""
    try:
        day = datetime.fromtimestamp(bucket["start_time"], UTC).date()
        for result in bucket["results"]:
            amount = result["amount"]
            if amount["currency"] != "usd":
                raise SourceFailure(f"{day} is billed in {amount['currency']!r}, not in USD")
            value = Decimal(amount["value"])
            yield Billed(day, result.get("line_item") or "", value)
    except (KeyError, TypeError, ArithmeticError):
        raise SourceFailure("a day of the costs API is not of its documented shape") from None


def first_unsettled(last_read: date) -> date:
    """Return the day from which on to read again."""
    return last_read - timedelta(days=UNSETTLED_DAYS)
