"""What is said of a call to a model that its service has ended: when, and what takes its place."""

from dataclasses import replace
from datetime import UTC, datetime

from models.catalogue.names import known_model
from models.failures.causes import cause_of
from models.failures.failure import ServiceError
from models.service.endpoint import Endpoint


def with_end(failure: ServiceError, endpoint: Endpoint) -> ServiceError:
    """Return a failure whose way out says that the model has ended, if that is what it is about.

    The service says of an ended model that there is none, as of any other name that it has not
    (anomalyco/opencode#38665). Any other failure comes back as it is.
    """
    if cause_of(failure.said, failure.status) != "model_not_found":
        return failure
    model = known_model(endpoint.base_model, endpoint.provider)
    # Azure's dates name nothing that takes the place, and move.
    if model is None or model.ends is None or model.then is None:
        return failure
    if model.ends > datetime.now(UTC).date():
        return failure
    return replace(failure, advice=f"It ended on {model.ends}: use {model.then} instead.")
