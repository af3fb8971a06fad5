"""The seam between the core and a service: all that differs between OpenAI and Azure, as data."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from models.attribution import Attribution
from models.catalogue.model import Service
from models.service.connection import Connection
from models.service.settings import CallLimits
from models.service.telemetry import Report

type Protocol = Literal["auto", "responses", "chat"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model at one service, ready to be called.

    provider: Dify's name of the provider, for records; service: its name in sentences.
    name: a name of the address and its sign-in that shows nothing of them.
    model: what the service calls it (on Azure the deployment); base_model: the model behind it.
    attribution: whether and how calls say which app they come from.
    protocol: the API that was chosen for language models; `auto` leaves it to the call.
    prefers_responses: the API of `auto` for a model of which nothing is known.
    user_field: the request field that takes the end user's digest.
    takes_stream_options: whether a Chat stream can be asked to report its usage.
    pads_streams: it pads the pieces of a stream with random text unless it is asked not to.
    chat_takes_documents: whether Chat Completions takes files in a prompt.
    chat_refuses_metadata: why its Chat Completions take no metadata, None where they do.
    responses_unavailable: why this address has no Responses API, None where it has one.
    list_needs_key: its list of models is known to be told to right keys alone.
    tells_last_days: it may tell of each of its models when that ends.
    keeps_store: it is known to take `store`, so that is never left out whatever it says.
    report: takes the usage line of each of its calls, None where nobody counts them.
    region_factor: how many times its list price the model costs at this address.
    """

    provider: Service
    service: str
    name: str
    connection: Connection
    model: str
    base_model: str
    attribution: Attribution
    limits: CallLimits
    protocol: Protocol = "auto"
    prefers_responses: bool = False
    user_field: Literal["safety_identifier", "user"] = "safety_identifier"
    takes_prompt_cache_key: bool = True
    takes_stream_options: bool = True
    pads_streams: bool = False
    chat_takes_documents: bool = True
    chat_refuses_metadata: str | None = None
    responses_unavailable: str | None = None
    list_needs_key: bool = False
    tells_last_days: bool = False
    keeps_store: bool = False
    report: Report | None = None
    region_factor: Decimal = Decimal(1)


def chosen_protocol(value: str | None) -> Protocol:
    """Return the API that a form names; `auto` where it names none."""
    match value:
        case "responses" | "chat":
            return value
        case _:
            return "auto"
