"""A model of legacy completions is refused with a sentence that says so, before a request."""

import pytest
from dify_plugin.errors.model import CredentialsValidateFailedError, InvokeBadRequestError

from models.llm.azure_openai_llm import AzureOpenAILargeLanguageModel
from models.llm.families import is_legacy_completion
from models.llm.openai_llm import OpenAILargeLanguageModel
from models.llm.routing import choose_route
from tests.plain_call import plain_call
from tests.unit.endpoints import azure_at, openai_at

SENTENCE = "is a model of legacy completions, which the service has ended; choose a chat model"


@pytest.mark.parametrize(
    "model",
    [
        "gpt-35-turbo-instruct",
        "gpt-3.5-turbo-instruct",
        "gpt-3.5-turbo-instruct-0914",
        "openai/gpt-3.5-turbo-instruct",
        "text-davinci-003",
        "davinci-002",
        "babbage-002",
        "ft:babbage-002:acme::abc",
    ],
)
def test_a_legacy_model_is_refused_on_both_services(model: str) -> None:
    assert is_legacy_completion(model)
    for endpoint in (openai_at(model), azure_at(base_model=model)):
        with pytest.raises(InvokeBadRequestError, match=SENTENCE):
            choose_route(plain_call({}), endpoint)


@pytest.mark.parametrize("model", ["gpt-3.5-turbo", "gpt-35-turbo", "ada", "davinci-next", "m"])
def test_other_names_are_none_of_them(model: str) -> None:
    assert not is_legacy_completion(model)


def test_such_a_model_is_refused_when_it_is_entered() -> None:
    key = {"openai_api_key": "key", "openai_api_base": "http://127.0.0.1:9/v1"}
    with pytest.raises(CredentialsValidateFailedError, match=SENTENCE):
        OpenAILargeLanguageModel([]).validate_credentials("gpt-3.5-turbo-instruct", key)
    base = {**key, "base_model_name": "text-davinci-003"}
    with pytest.raises(CredentialsValidateFailedError, match=SENTENCE):
        AzureOpenAILargeLanguageModel([]).validate_credentials("mine", base)
