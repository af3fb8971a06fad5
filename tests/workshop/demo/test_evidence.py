"""Evidence that does not fit the calls is refused, whatever happened to the records."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import openai
import pytest

from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.openai.process import ServiceProcess
from tools.demo.apps import CALLS, Api, with_new_ids
from tools.demo.errors import DemoFailure
from tools.demo.evidence import find_records
from tools.demo.services import Service, script
from tools.demo.traffic import MadeCall, make_calls


@dataclass(frozen=True, slots=True)
class Run:
    """Calls that were made, and the client of the account with the OpenAI records."""

    made: tuple[MadeCall, ...]
    client: openai.OpenAI

    def first(self, app: str, api: Api) -> MadeCall:
        """Return the first call of an app to an API of OpenAI."""
        return next(
            made
            for made in self.made
            if (made.call.label, made.call.api, made.service.provider) == (app, api, "openai")
        )


# One call of each kind that the tests tamper with; making all of them takes its time.
_FEW = (CALLS[0], CALLS[3], CALLS[5], CALLS[8])
_NOT_LISTED = (
    "Chat completion '{id}' of 'Math tutor' is not listed by metadata[dify_app_id]={app_id}:"
)


@pytest.fixture
def run(local_service: ServiceProcess, plugin: PluginProcess) -> Iterator[Run]:
    calls = with_new_ids(_FEW)
    services = script(local_service, calls)
    with services["openai"].client() as client:
        yield Run(make_calls(plugin, calls, services), client)


@pytest.mark.parametrize(
    ("api", "metadata", "sentence"),
    [
        ("chat", None, f"{_NOT_LISTED} the service does not have it (any more)."),
        (
            "chat",
            {"dify_app_id": "another"},
            f"{_NOT_LISTED} it is stored with the metadata {{{{'dify_app_id': 'another'}}}}.",
        ),
        (
            "chat",
            {"dify_app_id": "{support_id}", "dify_source": "dify"},
            "The service lists chat completion '{id}' for 'Support bot', which never made it;"
            " another app's request carries its id.",
        ),
        (
            "chat",
            {"dify_app_id": "{app_id}", "dify_source": "elsewhere"},
            "The service stored chat completion '{id}' of 'Math tutor' with the metadata"
            " {{'dify_app_id': '{app_id}', 'dify_source': 'elsewhere'}} instead of"
            " {{'dify_app_id': '{app_id}', 'dify_source': 'dify'}}.",
        ),
        (
            "responses",
            None,
            "The service has no response '{id}', which 'Trivia quiz' made and the plugin's usage"
            " line calls stored; it was deleted or never kept.",
        ),
    ],
    ids=["lost", "of no app", "of another app", "of another source", "lost response"],
)
def test_a_record_that_is_lost_or_names_another_app_is_a_failure(
    run: Run, api: Api, metadata: dict[str, str] | None, sentence: str
) -> None:
    made = run.first("Math tutor" if api == "chat" else "Trivia quiz", api)
    names = {
        "id": made.usage.id,
        "app_id": made.usage.app_id,
        "support_id": run.first("Support bot", "chat").usage.app_id,
    }
    if metadata is not None:
        filled = {key: value.format_map(names) for key, value in metadata.items()}
        run.client.chat.completions.update(made.usage.id, metadata=filled)
    elif api == "chat":
        run.client.chat.completions.delete(made.usage.id)
    else:
        run.client.responses.delete(made.usage.id)

    with pytest.raises(DemoFailure) as failure:
        find_records(run.made)

    assert str(failure.value) == sentence.format_map(names)
    assert failure.value.exit_code == 1


def test_a_response_of_another_app_is_a_failure(run: Run) -> None:
    quiz, tutor = run.first("Trivia quiz", "responses"), run.first("Math tutor", "responses")
    mixed_up = [replace(made, usage=tutor.usage) if made is quiz else made for made in run.made]

    with pytest.raises(DemoFailure) as failure:
        find_records(mixed_up)

    assert str(failure.value).startswith(
        f"The service stored response '{tutor.usage.id}' of 'Trivia quiz' with the metadata"
        f" {{'dify_app_id': '{tutor.usage.app_id}'"
    )


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_a_record_that_nobody_asked_for_is_a_failure(run: Run, api: Api) -> None:
    stored = run.first("Math tutor", api)
    without_app = replace(stored, call=replace(stored.call, app=None))

    with pytest.raises(DemoFailure, match=f"keeps .* '{stored.usage.id}', whose request did not"):
        find_records([without_app])


def test_a_record_may_appear_in_the_list_a_little_later(run: Run) -> None:
    made = run.first("Math tutor", "chat")
    identifier, metadata = made.usage.id, {"dify_app_id": made.usage.app_id, "dify_source": "dify"}
    run.client.chat.completions.update(identifier, metadata={})
    later = threading.Timer(
        0.2, run.client.chat.completions.update, [identifier], {"metadata": metadata}
    )
    later.start()

    findings = find_records(run.made, patience=10.0)
    later.join()

    assert [finding.how for finding in findings] == ["listed", "listed", "fetched", "fetched"]


def test_a_service_that_cannot_be_read_is_named_without_its_key(run: Run) -> None:
    service = replace(run.made[0].service, api_key="sk-unknown-key")

    with pytest.raises(DemoFailure) as failure:
        find_records([replace(run.made[0], service=service)])

    assert str(failure.value) == (
        "OpenAI answered 401 when its records were read; check that the key may read stored"
        " completions and responses."
    )


def test_a_call_that_fails_is_told_in_the_plugins_words(
    local_service: ServiceProcess, plugin: PluginProcess
) -> None:
    service = Service("openai", f"{local_service.url}/v1", "sk-unknown-key")

    with pytest.raises(DemoFailure) as failure:
        make_calls(plugin, CALLS[:1], {"openai": service})

    assert str(failure.value).startswith("Support bot: OpenAI: ")
    assert "sk-unknown-key" not in str(failure.value)


def test_a_recording_that_is_not_there_is_named(local_service: ServiceProcess) -> None:
    with pytest.raises(DemoFailure, match=r"refuses its script: .*no-such-recording"):
        script(local_service, [replace(CALLS[0], recording="no-such-recording")])
