"""One call of a service path: which service it asked, for whom, and what it sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from fakes.openai.accounts import Account, Accounts
from fakes.openai.errors import unreadable_body
from fakes.openai.json_types import JsonObject, parse_object
from fakes.openai.models import PublishedModels
from fakes.openai.recordings import Recordings
from fakes.openai.schema import PublishedSchema
from fakes.openai.store import Store


class Service(Enum):
    """The three faces of the service: paths, authentication, gates and error bodies differ."""

    OPENAI = "openai"
    AZURE_DATED = "azure dated"  # /openai/…?api-version=
    AZURE_V1 = "azure v1"  # /openai/v1/…


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What every call shares."""

    accounts: Accounts
    store: Store
    schema: PublishedSchema
    models: PublishedModels
    recordings: Recordings


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a known account."""

    service: Service
    account: Account
    method: str
    path: str
    path_names: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_azure(self) -> bool:
        """Whether Azure OpenAI was asked."""
        return self.service is not Service.OPENAI

    @property
    def api_version(self) -> str | None:
        """The api-version that was asked for."""
        return self.query.get("api-version")

    @property
    def deployment(self) -> str | None:
        """The deployment that the path names."""
        return self.path_names.get("deployment")

    def json_object(self) -> JsonObject:
        """Return the body; raise the service's 400 when it is not a JSON object."""
        body = parse_object(self.content)
        if body is None:
            raise unreadable_body()
        return body
