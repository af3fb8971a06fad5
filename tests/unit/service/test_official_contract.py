"""What language models send by themselves is what OpenAI's official client would send."""

import json
from collections.abc import Mapping
from typing import Any

import openai
import pytest
from dify_plugin.entities.model.message import PromptMessageTool
from dify_plugin.errors.model import InvokeError

from models.llm.generate import generate
from models.service import azure
from models.service import openai as openai_service
from models.service.endpoint import Endpoint
from tests.plain_call import plain_call
from tests.wire.raw_server import RawServer, Received, raw_server, whole

KEY = "swordfish-of-a-contract"
VERSION = "2025-04-01-preview"
# What names the client itself, and what differs by nothing but the choice of a library.
OWN = {"user-agent", "accept-encoding", "content-length", "connection", "host"}
TOOL = PromptMessageTool(
    name="weather",
    description="Tells the weather.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}},
)


def openai_endpoint(server: RawServer, protocol: str) -> Endpoint:
    return openai_service.from_credentials(
        "gpt-4o-mini",
        {
            "openai_api_key": KEY,
            "openai_api_base": server.url,
            "openai_organization": "org-1",
            "openai_project": "proj_1",
            "api_protocol": protocol,
        },
    )


def azure_endpoint(server: RawServer, protocol: str, path: str) -> Endpoint:
    return azure.from_credentials(
        "mine",
        {
            "openai_api_key": KEY,
            "openai_api_base": server.url.removesuffix("/v1") + path,
            "openai_api_version": VERSION,
            "api_protocol": protocol,
        },
    )


def official_client(server: RawServer, service: str) -> openai.OpenAI:
    address = server.url.removesuffix("/v1")
    match service:
        case "openai":
            return openai.OpenAI(
                api_key=KEY,
                base_url=server.url,
                organization="org-1",
                project="proj_1",
                max_retries=0,
            )
        case "azure":
            return openai.AzureOpenAI(
                api_key=KEY, azure_endpoint=address, api_version=VERSION, max_retries=0
            )
        case _:
            return openai.OpenAI(api_key=KEY, base_url=f"{address}/openai/v1", max_retries=0)


def headers_of(request: Received) -> Mapping[str, str]:
    """Return the headers by which a service could tell one client from another."""
    lines = (line.partition(":") for line in request.headers.decode().splitlines())
    headers = {name.lower(): value.strip() for name, _, value in lines}
    return {
        name: value
        for name, value in headers.items()
        if name not in OWN and not name.startswith("x-stainless-")
    }


def ours(server: RawServer, service: str, protocol: str, *, stream: bool) -> None:
    if service == "openai":
        endpoint = openai_endpoint(server, protocol)
    else:
        path = "/openai/v1" if service == "azure-v1" else ""
        endpoint = azure_endpoint(server, protocol, path)
    call = plain_call({"max_tokens": 20, "temperature": 0.5}, (TOOL,), stream=stream)
    with pytest.raises(InvokeError):
        list(generate(call, endpoint))


def theirs(server: RawServer, service: str, protocol: str, body: dict[str, Any]) -> None:
    with official_client(server, service) as client:
        api: Any = client.chat.completions if protocol == "chat" else client.responses
        with pytest.raises(openai.BadRequestError):
            api.create(**body)


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("protocol", ["chat", "responses"])
@pytest.mark.parametrize("service", ["openai", "azure", "azure-v1"])
def test_a_request_is_the_official_clients(service: str, protocol: str, stream: bool) -> None:
    # A refusal ends the call of either client after one request.
    refusal = whole(b'{"error": {"message": "no", "code": "no"}}', status="400 Bad Request")
    with raw_server(lambda _: [refusal]) as server:
        ours(server, service, protocol, stream=stream)
        (sent,) = server.received
        theirs(server, service, protocol, json.loads(sent.body))
        official = server.received[1]
    assert sent.path == official.path
    assert json.loads(sent.body) == json.loads(official.body)
    assert headers_of(sent) == headers_of(official)
