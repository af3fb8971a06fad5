"""A rule: what the service refuses, in which words, and the public source that tells of it.

Each API has a list of rules, which are applied in their order. A source is a recording of
tests/recordings, a name in openapi.json, a public thread or a page of the documentation. The words
are our own, except where a recording has them or a client has to read a name out of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jsonschema_rs import ValidationError

from fakes.openai.azure import deployment_not_found
from fakes.openai.call import Call
from fakes.openai.errors import ServiceError, invalid_request, model_ended, unsupported_parameter
from fakes.openai.json_types import JsonObject
from fakes.openai.models import family_of
from fakes.openai.schema_errors import schema_refusal


@dataclass(frozen=True)
class Asked:
    """What a rule looks at: a call and the body that came with it."""

    call: Call
    body: JsonObject

    @cached_property
    def model(self) -> str | None:
        """The model that answers, behind Azure's deployment; None when the account has none."""
        name = str(self.call.deployment or self.body.get("model"))
        account = self.call.account
        if self.call.is_azure:
            return account.deployments.get(name)
        return name if name in account.models else None

    @property
    def names_model(self) -> bool:
        """Whether the body or the path names a model."""
        return self.has("model") or self.call.deployment is not None

    @property
    def stores(self) -> bool:
        """Whether the answer is to be kept: Responses does unless told not to (openapi.json)."""
        stores = self.body.get("store")
        return stores is True if self.call.api == "chat" else stores is not False

    @property
    def streams(self) -> bool:
        """Whether the answer is a stream."""
        return self.call.account.streams(self.body)

    @property
    def answering_model(self) -> str:
        """The dated name that an answer carries."""
        return self.call.state.models.dated_name(self.model or str(self.body.get("model")))

    def has(self, name: str) -> bool:
        """Return whether an argument was sent and is not null."""
        return self.body.get(name) is not None

    def unknown(self, schema: str, more: frozenset[str] = frozenset()) -> list[str]:
        """Return the arguments that are neither in a published schema nor in `more`."""
        return sorted(set(self.body) - {*self.call.state.schema.properties(schema)} - more)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what `finds` finds is refused as `refuses` words it.

    A rule of the `shape` holds for every server that can answer at all.
    """

    finds: Callable[[Asked], object]
    refuses: Callable[[Any], ServiceError]
    source: str
    shape: bool = False


def apply(rules: Sequence[Rule], call: Call, body: JsonObject) -> Asked:
    """Return the accepted request; raise the refusal of the account or of the first rule."""
    call.account.check_refusals(call.api, body)
    asked = Asked(call, body)
    for rule in rules:
        if (rule.shape or call.account.settings.openai_rules) and (found := rule.finds(asked)):
            raise rule.refuses(found)
    return asked


def words(
    message: str, param: str | None = None, code: str | None = None, status: int = 400
) -> Callable[[object], ServiceError]:
    """Return a refusal; `{}` in the message or the param stands for what was found."""

    def refuse(found: object) -> ServiceError:
        named = None if param is None else param.format(found)
        return invalid_request(message.format(found), named, code, status)

    return refuse


def found(refusal: Callable[[Asked], ServiceError | None], source: str) -> Rule:
    """Refuse by the refusal that is found."""
    return Rule(refusal, lambda error: error, source)


def first(refusals: Callable[[Asked], Iterator[ServiceError]], source: str) -> Rule:
    """Refuse by the first of the refusals that are found."""
    return found(lambda asked: next(refusals(asked), None), source)


def known_model(unknown: Callable[[str], ServiceError], source: str) -> tuple[Rule, Rule]:
    """Refuse a model that the account does not have, in Azure's words or by `unknown`.

    And at OpenAI one that has ended; on Azure its deployment is gone, which the account tells.
    """

    def refuse(asked: Asked) -> ServiceError:
        return deployment_not_found() if asked.call.is_azure else unknown(str(asked.body["model"]))

    return (
        Rule(lambda asked: None if asked.model else asked, refuse, source, shape=True),
        Rule(_ended, model_ended, "https://github.com/anomalyco/opencode/issues/38665"),
    )


def _ended(asked: Asked) -> str | None:
    model = asked.model or ""
    return None if asked.call.is_azure or asked.call.account.serves(model) else model


def cannot_reason(asked: Asked) -> bool:
    """Return whether documents tell that the model is no reasoning model."""
    family = family_of(asked.model or "")
    return family is not None and not family.efforts


def published(
    schema: str,
    *,
    without: frozenset[str] = frozenset(),
    refuses: Callable[[ValidationError], ServiceError] = schema_refusal,
) -> Rule:
    """Refuse a body that the published schema does not allow, `without` looking at some of it."""

    def find(asked: Asked) -> object:
        body = {"model": asked.model, **asked.body}
        sent = {key: value for key, value in body.items() if key not in without}
        return asked.call.state.schema.violation(schema, sent)

    return Rule(find, refuses, f"openapi.json {schema}", shape=True)


def unsupported(
    tolerated: Mapping[str, object], when: Callable[[Asked], bool], source: str
) -> Rule:
    """Refuse arguments, unless they are null or have the one tolerated value."""

    def find(asked: Asked) -> str | None:
        sent = (name for name in tolerated if asked.has(name) and when(asked))
        return next((name for name in sent if asked.body[name] != tolerated[name]), None)

    return Rule(find, unsupported_parameter, source)


def _early_cache_options(asked: Asked) -> str | None:
    family = family_of(asked.model or "")
    refused = asked.has("prompt_cache_options") and family and not family.takes_cache_options
    return "prompt_cache_options" if refused else None


# What Chat Completions and Responses refuse alike.
SHARED = (
    Rule(
        _early_cache_options,
        unsupported_parameter,
        "openai 3.54, responses/response_create_params.py",
    ),
    Rule(
        lambda asked: asked.has("metadata") and not asked.stores,
        words("`metadata` needs `store`.", "metadata"),
        "https://github.com/QwenLM/qwen-code/issues/243",
    ),
    Rule(
        lambda asked: asked.has("stream_options") and not asked.body.get("stream"),
        words("`stream_options` needs `stream`.", "stream_options"),
        "https://github.com/BerriAI/litellm/issues/5803",
    ),
)
