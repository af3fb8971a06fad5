"""A wrong request and the whole error that the service answers it with."""

from dataclasses import dataclass, field

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import Route, error_of
from tests.workshop.openai.conftest import ClientFactory


@dataclass(frozen=True, slots=True)
class Refusal:
    """A body that is refused: what is changed in a valid one, and the whole error."""

    name: str
    route: Route
    arguments: JsonObject
    message: str
    param: str | None = None
    code: str | None = None
    status: int = 400
    settings: JsonObject = field(default_factory=dict)


def assert_refused(new_client: ClientFactory, refusal: Refusal) -> None:
    """Send the wrong request and compare the status and the whole error."""
    client = new_client(**refusal.settings)
    response = client.generate(refusal.route, **refusal.arguments)
    assert response.status_code == refusal.status
    assert error_of(response) == {
        "message": refusal.message,
        "type": "invalid_request_error",
        "param": refusal.param,
        "code": refusal.code,
    }
