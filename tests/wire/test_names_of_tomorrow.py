"""Names that do not exist yet, fine-tunes and deployments: the API and the request of their model.

The local service holds a name at OpenAI to the rules of its line (`fakes/openai/model_facts.py`),
and a deployment to those of the model that is behind it.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import pytest

from fakes.dify_daemon.requests import LLMOptions
from models.catalogue.model import Api, Model
from models.catalogue.tables import table
from tests.unit.catalogue.test_names import DEPLOYMENTS, FINE_TUNES, TOMORROW
from tests.wire.ends import Json, Wire, object_in
from tests.wire.test_tools import TOOLS

# Some of them have ended at OpenAI, and go on behind gateways and on Azure.
BEFORE_THEIR_END = "2024-01-01"
KNOWN = {**table("openai").models, **table("azure_openai").models}
ON_AZURE = {
    name: model for name, model in table("azure_openai").models.items() if model.type == "llm"
}
SETTINGS: Json = {"max_tokens": 900, "temperature": 0.2, "top_p": 0.5, "reasoning_effort": "medium"}
PLAIN = (
    LLMOptions(model_parameters=SETTINGS, stream=False),
    LLMOptions(model_parameters=SETTINGS, stream=True, stop=["night"]),
)
CALLS = (*PLAIN, LLMOptions(model_parameters=SETTINGS, tools=TOOLS))


def language_models(names: Mapping[str, str]) -> dict[str, Model]:
    """Return the model that each name is like, apart from those that only hear."""
    models = {name: KNOWN[like] for name, like in names.items()}
    return {name: model for name, model in models.items() if model.type == "llm"}


def ask(wire: Wire, route: str, name: str, calls: Sequence[LLMOptions], **form: str) -> None:
    """Send calls that are all answered."""
    for options in calls:
        answer = wire.ask(wire.target(route, name, **form), options)
        assert (answer.text[:13], answer.finish_reason) == ("Echo: And at ", "stop"), name


def apis_of_requests(wire: Wire) -> dict[str, list[str]]:
    """Return the last step of the path of each request by the name in it; none was refused."""
    found: dict[str, list[str]] = {}
    for entry in wire.requests():
        body = object_in(entry["body"])
        assert entry["status"] == HTTPStatus.OK, body
        found.setdefault(str(body["model"]), []).append(str(entry["path"]).rpartition("/")[2])
    return found


def one_request_each(apis: Mapping[str, Api]) -> dict[str, list[str]]:
    """Return what all calls make of their names, on these APIs."""
    steps: dict[Api, str] = {"chat": "completions", "responses": "responses"}
    return {name: [steps[api]] * len(CALLS) for name, api in apis.items()}


@pytest.mark.parametrize("names", [TOMORROW, FINE_TUNES], ids=["tomorrow", "fine-tunes"])
def test_a_name_takes_responses_wherever_its_model_is_there(
    wire: Wire, names: dict[str, str]
) -> None:
    models = language_models(names)
    wire.change(models=[*models], today=BEFORE_THEIR_END)
    for name in models:
        ask(wire, "openai-chat", name, CALLS, api_protocol="auto")
    apis: dict[str, Api] = {
        name: "responses" if "responses" in model.apis else "chat" for name, model in models.items()
    }
    assert apis_of_requests(wire) == one_request_each(apis)


# On Responses they have just been asked.
@pytest.mark.parametrize("names", [TOMORROW, FINE_TUNES], ids=["tomorrow", "fine-tunes"])
def test_a_name_is_served_on_chat_where_its_model_is_there(
    wire: Wire, names: dict[str, str]
) -> None:
    models = language_models(names)
    wire.change(models=[*models], today=BEFORE_THEIR_END)
    count = 0
    for name, model in models.items():
        if "chat" in model.apis:
            calls = PLAIN if model.chat_tools == "never" else CALLS
            ask(wire, "openai-chat", name, calls)
            count += len(calls)
    assert sum(map(len, apis_of_requests(wire).values())) == count


# Without a base model, or with one that was taken back, the name itself says it.
@pytest.mark.parametrize(
    ("names", "route", "base"),
    [
        (DEPLOYMENTS, "azure-chat", ""),
        ({n: m for n, m in TOMORROW.items() if "/" not in n}, "azure-v1-chat", "not_listed"),
    ],
    ids=["deployments", "tomorrow"],
)
def test_a_deployment_is_known_by_the_model_that_it_names(
    wire: Wire, names: dict[str, str], route: str, base: str
) -> None:
    models = language_models(names)
    wire.change(deployments={name: model.name for name, model in models.items()})
    for name in models:
        form = {"base_model_name": base, "api_protocol": "auto"}
        ask(wire, route, name, CALLS, **form)
    best = {name: model.apis[0] for name, model in models.items()}
    assert apis_of_requests(wire) == one_request_each(best)


def test_a_deployment_of_any_name_is_the_model_that_was_chosen_for_it(wire: Wire) -> None:
    models = {f"prod-{at:02}": model for at, model in enumerate(ON_AZURE.values())}
    wire.change(deployments={name: model.name for name, model in models.items()})
    for name, model in models.items():
        form = {"base_model_name": model.name, "api_protocol": "auto"}
        ask(wire, "azure-v1-chat", name, CALLS, **form)
    best = {name: model.apis[0] for name, model in models.items()}
    assert apis_of_requests(wire) == one_request_each(best)


def test_a_deployment_of_which_nobody_knows_anything_is_learned(wire: Wire) -> None:
    # Of each line some: what is learned is learned from the service's words, not by name.
    names = {f"nameless-{at:02}": name for at, name in enumerate(list(ON_AZURE)[::4])}
    wire.change(deployments=names)
    for _ in range(2):
        for name in names:
            ask(wire, "azure-chat", name, CALLS, base_model_name="", api_protocol="auto")
    learned = wire.requests()[-len(names) * len(CALLS) :]
    assert [entry["status"] for entry in learned] == [HTTPStatus.OK] * len(learned)
    asked = [str(object_in(entry["body"])["model"]) for entry in learned]
    assert asked == [name for name in names for _ in CALLS]
