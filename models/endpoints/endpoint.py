"""The seam between the core and a service: all that differs between OpenAI and Azure, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import httpx2

from models.endpoints.connection import Connection
from models.endpoints.deadline import Deadline
from models.error_reports import from_response, from_transport_error
from models.errors import bad_request, unreadable_answer
from models.families import Family
from models.llm._metadata import MetadataPolicy
from models.llm.reply import Api


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model at one service, ready to be called.

    provider: Dify's name of the provider, for records; service: its name in sentences.
    model: what the service calls it (on Azure the deployment); family: what kind of model it is.
    protocol: the API that was chosen; `auto` leaves it to the family.
    metadata: whether and how requests say which app they come from.
    user_field: the request field that takes the end user's digest.
    takes_stream_options: whether a Chat stream can be asked to report its usage.
    responses_unavailable: why this address has no Responses API, None where it has one.
    """

    provider: str
    service: str
    connection: Connection
    model: str
    family: Family
    protocol: Literal["auto", "responses", "chat"]
    metadata: MetadataPolicy
    user_field: Literal["safety_identifier", "user"] = "safety_identifier"
    takes_prompt_cache_key: bool = True
    takes_stream_options: bool = True
    responses_unavailable: str | None = None

    def api(self) -> Api:
        """Return the API for a call: what the model allows, else what was chosen.

        Raises InvokeBadRequestError if the model needs an API that this address does not have.
        """
        if not self.family.on_responses:
            return "chat"
        if not self.family.on_chat:
            return self._responses()
        if self.protocol == "auto":
            wanted = self.family.prefers_responses and self.responses_unavailable is None
            return "responses" if wanted else "chat"
        return self._responses() if self.protocol == "responses" else "chat"

    def post(
        self,
        path: str,
        body: Mapping[str, object],
        headers: Mapping[str, str],
        deadline: Deadline,
    ) -> httpx2.Response:
        """Send a request once and return the response: read whole, or open if it is a stream.

        Raises ServiceError for a status that is no success, no connection, or the deadline.
        """
        try:
            with deadline.guard():
                response = self.connection.post(path, self.model, body, headers)
                if not response.is_success:
                    response.read()
        except httpx2.TransportError as error:
            raise from_transport_error(error) from error
        except (UnicodeError, httpx2.DecodingError) as error:
            raise unreadable_answer() from error
        if not response.is_success:
            raise from_response(response)
        return response

    def _responses(self) -> Api:
        if self.responses_unavailable is not None:
            raise bad_request(f"{self.service}: {self.responses_unavailable}")
        return "responses"
