"""One call of a service path: which service it asked, for whom, and what it sent."""

import json
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from starlette.requests import Request

from fakes.openai.accounts import Account, Accounts
from fakes.openai.errors import invalid_request
from fakes.openai.json_types import JsonObject
from fakes.openai.models import PublishedModels
from fakes.openai.recordings import Recordings
from fakes.openai.schema import PublishedSchema
from fakes.openai.store import Store


class Service(Enum):
    """The three faces of the service: paths, authentication, gates and error bodies differ."""

    OPENAI = "/v1"
    AZURE_V1 = "/openai/v1"
    AZURE_DATED = "/openai"  # with ?api-version=


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What every call shares."""

    accounts: Accounts
    store: Store
    schema: PublishedSchema
    models: PublishedModels
    recordings: Recordings


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a known account; `api` is the first word of the path, such as `chat`."""

    state: ServiceState
    service: Service
    api: str
    account: Account
    request: Request
    content: bytes

    @property
    def is_azure(self) -> bool:
        """Whether Azure OpenAI was asked."""
        return self.service is not Service.OPENAI

    @property
    def query(self) -> dict[str, str]:
        """The query of the path."""
        return dict(self.request.query_params)

    @property
    def deployment(self) -> str | None:
        """The deployment that the path names."""
        return self.request.path_params.get("deployment")

    @property
    def identifier(self) -> str:
        """The id of the object that the path names."""
        return str(self.request.path_params["id"])

    def json_object(self) -> JsonObject:
        """Return the body; raise the service's 400 when it is not a JSON object."""
        with suppress(ValueError):
            if isinstance(body := json.loads(self.content), dict):
                return body
        # https://github.com/microsoft/graphrag/issues/2286
        raise invalid_request("The body of the request is not a JSON object.")
