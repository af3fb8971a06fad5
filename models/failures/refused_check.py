"""What a form says when the check of its credentials failed: the cause and the way out first.

Dify shows it for five seconds, so what the service itself said comes after them, in brackets.
"""

from collections.abc import Iterable, Mapping

from models.failures.causes import cause_of
from models.failures.failure import Kind, ServiceError
from models.failures.words import advice_for, shown

# {model} is what was asked for.
_FAULTS: Mapping[str, str] = {
    "invalid_api_key": "the API key is not accepted",
    "bad_token": "the sign-in is not accepted",
    "mismatched_organization": "the API key is of another organization",
    "AuthenticationTypeDisabled": "the resource takes no keys",
    "model_not_found": "there is no model {model} for this key",
    "unknown_model": "there is no deployment {model}",
    "DeploymentNotFound": "there is no deployment {model}",
    "model_not_allowed": "this key may not use the model {model}",
    "missing_scope": "this key lacks a permission",
    "no_role": "the identity that signs in lacks a role",
    "insufficient_quota": "the account has no credit left",
    "billing_not_active": "the account's billing is not active",
    "quota_used_up": "the resource's quota is used up",
}
_FAULT_BY_STATUS: Mapping[int | None, str] = {
    401: "the API key is not accepted",
    403: "this key may not do that",
}
_FAULT_BY_KIND: Mapping[Kind, str] = {
    Kind.AUTHORIZATION: "the sign-in failed",
    Kind.BAD_REQUEST: "the check failed",
    Kind.CONNECTION: "no connection",
    Kind.RATE_LIMIT: "the limit of requests is reached",
    Kind.SERVER: "no usable answer",
}


def sentence_of(
    failure: ServiceError, *, service: str, model: str, secrets: Iterable[str] = ()
) -> str:
    """Return the one sentence about a failed check; `secrets` sign requests in, and are masked."""
    secrets = tuple(secrets)
    cause = cause_of(failure.said, failure.status)
    fault = _FAULTS.get(cause or "") or _FAULT_BY_STATUS.get(failure.status)
    fault = (fault or _FAULT_BY_KIND[failure.kind]).format(model=repr(shown(model, secrets)))
    advice = shown(_advice(failure), secrets).removesuffix(".")
    text = "; ".join(filter(None, (fault, advice[:1].lower() + advice[1:])))
    said = shown(failure.said.message, secrets).removesuffix(".")
    facts = ", ".join(failure.facts(secrets))
    return f"{service}: {text} ({': '.join(filter(None, (facts, said)))})"


def _advice(failure: ServiceError) -> str:
    # A check asks for nothing that could be made less.
    too_slow = failure.advice == advice_for("time_limit")
    return advice_for("connection") if too_slow else failure.advice
