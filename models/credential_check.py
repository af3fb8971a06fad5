"""The check of credentials when their form is saved, of every model type: what a failure says, and
what else is told of a model that was proved."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import groupby

from dify_plugin.errors.model import CredentialsValidateFailedError, InvokeError

from models.attribution import Attribution
from models.failures.failure import ServiceError, bad_request, told_to_dify
from models.failures.refused_check import sentence_of
from models.memory import warn_once
from models.service import model_list
from models.service.endpoint import Endpoint

logger = logging.getLogger(__name__)


def check(endpoint_of: Callable[[], Endpoint], prove: Callable[[Endpoint], None]) -> None:
    """Prove an endpoint with calls that no app asks for.

    Raises CredentialsValidateFailedError with one sentence: what is wrong, and what to do.
    """
    try:
        with told_to_dify("The settings", tuple):
            # No app asks for this, and nothing is to be said about that.
            endpoint = replace(endpoint_of(), attribution=Attribution())
        with told_to_dify(endpoint.service, lambda: endpoint.connection.secrets):
            try:
                prove(endpoint)
            except ServiceError as failure:
                raise bad_request(_sentence(failure, endpoint)) from None
    except InvokeError as error:
        raise CredentialsValidateFailedError(str(error)) from None


def prove_model(endpoint: Endpoint, ask: Callable[[Endpoint], None]) -> None:
    """Ask a model itself; the log says once when it ends. Raises ServiceError."""
    try:
        ask(endpoint)
    except ServiceError as failure:
        raise model_list.with_similar_names(failure, endpoint) from None
    if endpoint.tells_last_days:
        warn_of_ends(endpoint, {endpoint.model: model_list.last_day(endpoint)})


def warn_of_ends(endpoint: Endpoint, last_days: Mapping[str, str | None]) -> None:
    """Log once which models end on which day, the next one first."""
    ending = sorted((day, name) for name, day in last_days.items() if day)
    ends = "; ".join(
        f"{', '.join(name for _, name in models)} on {day}"
        for day, models in groupby(ending, key=lambda end: end[0])
    )
    if ends:
        text = f"{endpoint.service} shuts down {ends}; choose other models in apps before that day"
        warn_once(logger, ("last days", endpoint.name, ends), text)


def _sentence(failure: ServiceError, endpoint: Endpoint) -> str:
    secrets = endpoint.connection.secrets
    return sentence_of(failure, service=endpoint.service, model=endpoint.model, secrets=secrets)
