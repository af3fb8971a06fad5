"""What becomes of calls: every kind of them, many at once, failures, answers beyond a line."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from typing import Any

from pydantic import JsonValue

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.events import JsonObject
from fakes.dify_daemon.requests import (
    ModelTarget,
    invoke_moderation,
    invoke_speech2text,
    invoke_text_embedding,
    invoke_tts,
    validate_model_credentials,
    validate_provider_credentials,
)
from fakes.openai.audio import TRANSCRIPT
from fakes.openai.process import LocalAccount
from tools.check.errors import CheckFailure
from tools.check.faults import fault_cases, faulty_calls
from tools.check.host.run import CANARY, ENDPOINTS, ROOT, HostRun

_PROTOCOLS = ("chat", "responses")
_SWITCHES = (None, "disabled", "enabled", "headers")
_TEXTS = (f"{CANARY}, one", f"{CANARY}, two")
_APPS_AT_ONCE = 50


def validation(run: HostRun) -> str:
    """Save each form with the right key, and be refused with a wrong one."""
    right = run.service.new_account()
    wrong = replace(right, key=f"sk-local-{uuid.uuid4().hex}")

    def checks(account: LocalAccount) -> Iterator[JsonObject]:
        yield validate_provider_credentials("openai", run.target(account, "openai").credentials)
        for provider, path in ENDPOINTS:
            yield validate_model_credentials(run.target(account, provider, path))

    sentences = []
    for request in checks(right):
        (result,) = run.daemon.open_session(request)
        if result["result"] is not True:
            raise CheckFailure(f"the right key is not taken: {result}")
    for request in checks(wrong):
        try:
            list(run.daemon.open_session(request))
        except PluginError as error:
            sentences.append(error.message)
            if error.error_type == "CredentialsValidateFailedError" and wrong.key not in str(error):
                continue
            raise
        raise CheckFailure("a wrong key is taken")
    return f"the right key is taken, a wrong one refused: {sentences[0]}"


def invocations(run: HostRun) -> str:
    """Look at metadata, store and headers of one call of each kind."""
    cases = list(product(ENDPOINTS, ("chat", "responses"), (True, False), _SWITCHES, (True, False)))
    for endpoint, protocol, stream, switch, has_app in cases:
        account, app = run.service.new_account(), str(uuid.uuid4()) if has_app else None
        target = run.target(
            account, *endpoint, api_protocol=protocol, enable_request_metadata=switch
        )
        text = run.answer(target, CANARY, app_id=app, stream=stream)
        (request,) = account.journal()
        body, headers = request["body"], request["headers"]
        seen = (
            body.get("metadata"),
            body.get("store"),
            {name: value for name, value in headers.items() if "dify" in name},
        )
        tagged = app if switch == "enabled" else None
        expected = (
            {"dify_app_id": tagged, "dify_source": "dify"} if tagged else None,
            True if tagged else {"chat": None, "responses": False}[protocol],
            {"x-dify-app-id": app, "x-dify-source": "dify"} if app and switch == "headers" else {},
        )
        if seen != expected or CANARY not in text:
            case = f"{endpoint} {protocol} stream={stream} switch={switch} app={app}"
            raise CheckFailure(f"{case}: {seen} and {text!r} where {expected} is right")
    return f"{len(cases)} of {len(cases)} have exactly the right metadata, store and headers"


def model_types(run: HostRun) -> str:
    """Call a model of every other type once on every service that has it."""
    account = run.service.new_account()
    recording = (ROOT / "_assets/one_second.wav").read_bytes()
    calls: Mapping[str, tuple[str, Callable[[ModelTarget], JsonObject]]] = {
        "text-embedding": (
            "text-embedding-3-small",
            lambda target: invoke_text_embedding(target, _TEXTS),
        ),
        "moderation": (
            "omni-moderation-latest",
            lambda target: invoke_moderation(target, CANARY),
        ),
        "speech2text": ("whisper-1", lambda target: invoke_speech2text(target, recording)),
        "tts": ("tts-1", lambda target: invoke_tts(target, CANARY)),
    }
    rights: Mapping[str, Callable[[list[dict[str, Any]]], bool]] = {
        "text-embedding": lambda results: len(results[0]["embeddings"]) == len(_TEXTS),
        "moderation": lambda results: results[0]["result"] is False,
        "speech2text": lambda results: results[0]["result"] == TRANSCRIPT,
        "tts": lambda results: bool(b"".join(bytes.fromhex(part["result"]) for part in results)),
    }
    for (kind, (model, request)), (provider, path) in product(calls.items(), ENDPOINTS):
        if (kind, provider) == ("moderation", "azure_openai"):
            continue  # Azure has none
        target = run.target(account, provider, path, model=model)
        results = list(run.daemon.open_session(request(replace(target, model_type=kind))))
        if not rights[kind](results):
            raise CheckFailure(f"{kind} of {provider}{path} answers {str(results)[:200]}")
    return f"{', '.join(calls)} answer"


def apps_at_once(run: HostRun) -> str:
    """Call for many apps at the same time; each request has its own app's id, and its answer."""
    account, apps = run.service.new_account(), [str(uuid.uuid4()) for _ in range(_APPS_AT_ONCE)]
    target = run.target(account, "openai", api_protocol="chat", enable_request_metadata="enabled")
    prompts = [f"{CANARY} of {app}" for app in apps]
    with ThreadPoolExecutor(_APPS_AT_ONCE) as pool:
        answers = list(
            pool.map(lambda prompt, app: run.answer(target, prompt, app_id=app), prompts, apps)
        )
    sent = {
        entry["body"]["messages"][-1]["content"]: entry["body"]["metadata"]["dify_app_id"]
        for entry in account.journal()
    }
    mixed = [
        prompt for prompt, answer in zip(prompts, answers, strict=True) if prompt not in answer
    ]
    if mixed or sent != dict(zip(prompts, apps, strict=True)):
        raise CheckFailure("a request or an answer is another app's")
    log = run.log_text()
    if log is None:
        return f"{len(apps)} apps, none mixed"
    usage = "".join(line for line in log.splitlines() if "usage {" in line)
    if missing := [app for app in apps if app not in usage]:
        raise CheckFailure(f"{len(missing)} of {len(apps)} apps have no usage line in the log")
    return f"{len(apps)} apps, none mixed, each with its usage line in the log"


def faults(run: HostRun) -> str:
    """Let every call of a language model fail in every way, then call once more."""
    cases = [case for case in fault_cases() if (case.type, case.switch) == ("llm", "enabled")]
    differing = [call for call in faulty_calls(run.daemon, run.service, cases) if call.difference]
    if differing:
        raise CheckFailure(f"{len(differing)} of {len(cases)} differ, first {differing[0]}")
    account = run.service.new_account()
    for endpoint in ENDPOINTS:
        run.answer(run.target(account, *endpoint), CANARY)
    return f"{len(cases)} failures are told as they should be, and the plugins go on"


def long_answers(run: HostRun) -> str:
    """Get a long text as a stream; be refused it as a whole, which would have to be one line.

    The daemon ends a plugin that writes a line over 5 MiB. Dify ends a line at U+0085.
    """
    times, size = 600, 1_000
    pieces: list[JsonValue] = ["long\x85text " * size] * times
    words = times * size
    for endpoint, protocol in product(ENDPOINTS, _PROTOCOLS):
        account = run.service.new_account(plan=[{"text": pieces}, {"text": pieces}])
        target = run.target(account, *endpoint, api_protocol=protocol)
        if (arrived := run.answer(target).count("text")) != words:
            raise CheckFailure(f"{endpoint} {protocol}: {arrived} of {words} words arrive")
        try:
            run.answer(target, stream=False)
        except PluginError as error:
            sentence = error.message
        else:
            raise CheckFailure(f"{endpoint} {protocol}: a line over 5 MiB is no error")
    return f"6 MB arrive as a stream, and as a whole: {sentence}"
