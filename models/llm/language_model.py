"""The base of both language-model classes: what the SDK calls, handed on to the core."""

from collections.abc import Generator, Mapping
from time import perf_counter
from typing import Any, override

from dify_plugin import LargeLanguageModel
from dify_plugin.entities.model import ParameterRule
from dify_plugin.entities.model.llm import LLMResultChunk
from dify_plugin.entities.model.message import (
    PromptMessage,
    PromptMessageTool,
)

from models import provider_model
from models.attribution import current_app_id
from models.catalogue.schemas import parameters_of
from models.failures.failure import bad_request, told_to_dify
from models.llm.credential_check import ask_for_a_few_tokens
from models.llm.generate import generate
from models.llm.invocation import Invocation
from models.llm.llm_result import to_chunks
from models.llm.more_parameters import with_more
from models.llm.parameters import as_the_model_has_them, named_as_declared, wants_stream
from models.llm.token_estimate import count_messages
from models.pricing import Pricing
from models.service.endpoint import Endpoint


class LanguageModel(provider_model.ProviderModel, LargeLanguageModel):
    """A language model of one provider."""

    @override
    def _invoke(
        self,
        model: str,
        credentials: dict[str, Any],
        prompt_messages: list[PromptMessage],
        model_parameters: dict[str, Any],
        tools: list[PromptMessageTool] | None = None,
        stop: list[str] | None = None,
        stream: bool = True,
        user: str | None = None,
    ) -> Generator[LLMResultChunk]:
        """Answer in chunks, in a single one if no stream was asked for: only chunks can tell Dify
        the finish reason."""
        invocation = Invocation(
            model=model,
            messages=prompt_messages,
            parameters=model_parameters,
            tools=tools or (),
            stop=stop or (),
            stream=stream,
            user=user,
            # Now, in the caller's context: the generator may run in another one.
            app_id=current_app_id(),
        )
        return self._chunks(invocation, credentials)

    def _chunks(
        self, invocation: Invocation, credentials: dict[str, Any]
    ) -> Generator[LLMResultChunk]:
        started = perf_counter()
        with told_to_dify("The settings", tuple):
            endpoint = self._endpoint(invocation.model, credentials)
            schema = self.get_model_schema(invocation.model, credentials)
        yield from to_chunks(
            generate(invocation, endpoint),
            model=invocation.model,
            price=Pricing(endpoint, schema, started).usage_of,
            whole=not wants_stream(invocation, endpoint),
        )

    @override
    def _check(self, model: str, credentials: Mapping[str, str], endpoint: Endpoint) -> None:
        """Ask for a few tokens."""
        del model, credentials
        ask_for_a_few_tokens(endpoint)

    def get_parameter_rules(
        self, model: str, credentials: Mapping[str, Any]
    ) -> list[ParameterRule]:
        """Return the rules of all parameters, also of those that the form has no field for."""
        return list(parameters_of(self._base_model(model, credentials), self.table))

    def get_num_tokens(
        self,
        model: str,
        credentials: dict[str, Any],
        prompt_messages: list[PromptMessage],
        tools: list[PromptMessageTool] | None = None,
    ) -> int:
        """Estimate the tokens of a prompt, without any request or download."""
        del model, credentials
        return count_messages(prompt_messages, tools or ())

    def _validate_and_filter_model_parameters(
        self, model: str, model_parameters: dict[str, Any], credentials: dict[str, Any]
    ) -> dict[str, Any]:
        """Check parameters as the SDK does, which drops those that the form has not.

        An empty one is not set. An app that was saved with another form may have what this model
        has not, and the token limit's other name. Fails with an error that Dify can read.
        """
        try:
            rules = self.get_parameter_rules(model, credentials)
            possible = as_the_model_has_them(model, model_parameters, rules)
            named = named_as_declared(with_more(possible, rules), {rule.name for rule in rules})
            return super()._validate_and_filter_model_parameters(model, named, credentials)
        except ValueError as error:
            raise bad_request(f"{error} Change it in the app's model settings.") from None
