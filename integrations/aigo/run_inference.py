"""Ask a Dify app one turn of a conversation, for AI GO! custom inference.

AI GO! sends the text of this file to its server (`!include` in `models/dify.yaml`) and calls
`run_inference` for each turn. That is why it is one file, longer than others here: it can import
nothing of its own. It needs the standard library and httpx, and Python 3.11. Read it downwards:

    run_inference:  convert_user_input  ->  query_model  ->  convert_model_output
                    chat messages to        one streamed     Dify's events to an answer with
                    one Dify request        request          its trace (OpenResponsesConverter)

It fails with `InputError`, before anything is sent, or with `DifyError`. An answer that did not
end as Dify says an answer ends is never returned. BEHAVIOUR.md lists what it does, case by case.
"""

import codecs
import hashlib
import json
import math
import mimetypes
import re
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import quote, urljoin, urlsplit

import httpx

Json = dict[str, Any]

# Seconds. Dify sends a ping every 10 s: after three of them were missed, nobody is there.
SILENCE = 35.0
CONNECT = 10.0
STOP = 5.0
AFTER_END = 2.0  # an end may be followed by a second one, or by pings for ever
AFTER_HALF = 10.0  # one of a chatflow's two ends: moderation may take its time before the other
MOST_BYTES = 64 * 2**20
LONGEST_ERROR = 800
ROLES = ("user", "assistant", "system", "developer")


class InputError(ValueError):
    """A setting, the messages or the sample cannot be used."""


class DifyError(RuntimeError):
    """Dify refused the turn, failed in it, or its answer did not arrive whole."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The model's `environment`, checked: the settings by their names without `DIFY_`."""

    url: str
    api_key: str = field(repr=False)
    timeout: float
    retries: int
    inputs: Json
    user_prefix: str
    run_tag: str
    lost_state: str
    system: str
    reasoning: str
    empty_answer: str
    trace_nodes: frozenset[str]
    app_id: str
    workflow_id: str
    evidence_file: str
    authority: str


@dataclass(frozen=True, slots=True)
class ModelInput:
    """One turn as Dify takes it; an empty `conversation_id` starts a conversation.

    `said` is what the user said, `query` what is sent for it; `notes` tell the trace what was
    done about the history and the system message.
    """

    said: str
    query: str
    user: str
    conversation_id: str
    inputs: Json
    files: list[Json]
    sample_id: str | None
    notes: Json


@dataclass(frozen=True, slots=True)
class RawModelOutput:
    """Dify's events of one turn, and why reading them ended early if it did."""

    events: list[Json]
    started_at: str
    finished_at: str
    elapsed_seconds: float
    problem: str | None = None


def run_inference(
    body: str, environment: dict[str, Any], sample: dict[str, Any] | None = None
) -> str:
    """Answer the last user message of `body` with the Dify app that `environment` names.

    Args:
        body: a JSON object with `messages`, as AI GO!'s identity adapter writes it.
        environment: the settings of the model; README.md has the table.
        sample: the sample of the data set; its `dify_inputs`, `dify_files` and `id` are used.

    Returns:
        A JSON object with `items` and `usage`: AI GO!'s `OpenResponsesModelOutput`.

    Raises:
        InputError: a setting, the messages or the sample cannot be used.
        DifyError: Dify refused or failed (with its status, code and message), or was cut off.
    """
    settings = read_settings(environment)
    model_input = convert_user_input(body, settings, sample)
    outcome = "failed"
    try:
        raw = query_model(model_input, settings)
        try:
            output = convert_model_output(raw, model_input, settings)
            outcome = "answered"
        finally:
            write_evidence(raw, model_input, settings, outcome)
    except DifyError as error:
        private = (settings.api_key, model_input.query, model_input.said)
        raise DifyError(to_sentence(str(error), private)) from None
    return output


# ---- Settings ------------------------------------------------------------------------------------


def read_settings(environment: Mapping[str, Any]) -> Settings:
    """Check the model's environment.

    Raises:
        InputError: a setting is missing or cannot be used.
    """
    traced = "tool,knowledge-retrieval,http-request,agent-log"
    return Settings(
        url=read_url(environment),
        api_key=read_key(environment),
        timeout=read_number(environment, "DIFY_TIMEOUT", 120, most=86_400),
        retries=int(read_number(environment, "DIFY_RETRIES", 3, most=10)),
        inputs=read_object(read_text(environment, "DIFY_INPUTS", "{}"), "`DIFY_INPUTS`"),
        user_prefix=read_text(environment, "DIFY_USER_PREFIX", "latticeflow"),
        run_tag=read_text(environment, "DIFY_RUN_TAG", ""),
        lost_state=read_choice(environment, "DIFY_LOST_STATE", "error|replay|ignore"),
        system=read_choice(environment, "DIFY_SYSTEM", r"ignore|error|prefix|input:\w+"),
        reasoning=read_choice(environment, "DIFY_REASONING", "extra|drop|keep"),
        empty_answer=read_choice(environment, "DIFY_EMPTY_ANSWER", "error|allow"),
        trace_nodes=frozenset(
            kind.strip() for kind in read_text(environment, "DIFY_TRACE_NODES", traced).split(",")
        ),
        app_id=read_text(environment, "DIFY_APP_ID", ""),
        workflow_id=read_text(environment, "DIFY_WORKFLOW_ID", ""),
        evidence_file=read_evidence_file(environment),
        authority=read_authority(environment),
    )


def read_text(environment: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """Return a setting; `lf` only warns of an unset `$VAR` and registers its name instead."""
    value = environment.get(name)
    text = "" if value is None else str(value).strip()
    if text.startswith(("$", "<<")):
        raise InputError(
            f"`{name}` is not set: its value is still the name of a variable or of a secret; "
            "set that one and register the model again."
        )
    if not text and default is None:
        raise InputError(f"`{name}` is not set; give it in the model's `environment`.")
    return text or default or ""


def read_url(environment: Mapping[str, Any]) -> str:
    """Return the base of the service API; Dify shows it with `/v1`, people leave that out."""
    url = read_text(environment, "DIFY_URL").rstrip("/").removesuffix("/chat-messages")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        (parts.hostname or "").encode("idna")  # what looks a name up refuses some with a bare error
    except ValueError:
        usable = False
    if not usable or "?" in url or "#" in url:
        raise InputError("`DIFY_URL` must be the address of Dify, as in https://api.dify.ai/v1.")
    return url.removesuffix("/v1").rstrip("/") + "/v1"


def read_key(environment: Mapping[str, Any]) -> str:
    """Return the app's key, which must fit into an HTTP header."""
    key = read_text(environment, "DIFY_API_KEY")
    if not re.fullmatch(r"[!-~]+", key):
        raise InputError("`DIFY_API_KEY` has characters that no key has; copy it again from Dify.")
    return key


def read_number(environment: Mapping[str, Any], name: str, default: int, most: int) -> float:
    """Return a setting that is a number from 0 to `most`."""
    text = read_text(environment, name, str(default))
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= most:
        raise InputError(f"`{name}` is {text!r}; it must be a number from 0 to {most}.")
    return number


def read_choice(environment: Mapping[str, Any], name: str, pattern: str) -> str:
    """Return a setting that is one of the alternatives of `pattern`, by default the first."""
    text = read_text(environment, name, pattern.partition("|")[0])
    if not re.fullmatch(pattern, text):
        choices = pattern.replace(r"\w+", "NAME").replace("|", ", ")
        raise InputError(f"`{name}` is {text!r}; it must be one of: {choices}.")
    return text


def read_object(value: Any, name: str) -> Json:
    """Return a JSON object, which may be given as text."""
    parsed = open_json(value)
    if not isinstance(parsed, dict):
        raise InputError(f"{name} must be a JSON object.")
    return parsed


def read_evidence_file(environment: Mapping[str, Any]) -> str:
    """Return where evidence goes; a place that cannot be written is found before Dify is asked."""
    path = read_text(environment, "DIFY_EVIDENCE_FILE", "")
    if path:
        append_line(path, "")
    return path


def read_authority(environment: Mapping[str, Any]) -> str:
    """Return the certificates of a private authority, given as their text or as a file's path."""
    authority = read_text(environment, "DIFY_CA_CERTIFICATE", "")
    try:
        trusted(authority)
    except (OSError, ValueError) as error:
        found = isinstance(error, ssl.SSLError | ValueError)
        reason = "it holds no certificate" if found else str(getattr(error, "strerror", error))
        raise InputError(f"`DIFY_CA_CERTIFICATE` cannot be used: {reason}.") from None
    return authority


@cache
def trusted(authority: str) -> ssl.SSLContext:
    """Return httpx's own trust and an authority's, made once: that takes longer than a turn's work.

    Raises:
        OSError, ValueError: the authority is no certificate, or no file with one.
    """
    context = httpx.create_ssl_context()
    if "-----BEGIN" in authority:
        context.load_verify_locations(cadata=authority.replace("\\n", "\n"))
    elif authority:
        context.load_verify_locations(cafile=authority)
    return context


# ---- Stage 1: AI GO!'s messages as one Dify request ----------------------------------------------


def convert_user_input(body: str, settings: Settings, sample: Json | None = None) -> ModelInput:
    """Turn the messages into one turn: only the last one is said, Dify remembers the others.

    Raises:
        InputError: the messages or the sample hold what a Dify chat app cannot be asked.
    """
    sample = sample or {}
    messages = read_messages(body)
    history = messages[:-1]
    said, files = read_content(messages[-1])
    if not said.strip():
        raise InputError("The last user message is empty; Dify needs a query.")
    user, conversation_id, notes = find_state(history)
    query, sample_id = said, read_sample_id(sample)
    if not conversation_id:
        user = new_user(settings, sample_id or hashlib.sha256(repr(said).encode()).hexdigest()[:12])
        query, notes = begin_conversation(history, said, settings.lost_state)
        files += read_files(sample.get("dify_files"))
    query, inputs = add_system_message(messages, query, settings.system, notes)
    inputs |= settings.inputs | read_object(sample.get("dify_inputs") or {}, "`dify_inputs`")
    return ModelInput(said, query, user, conversation_id, inputs, files, sample_id, notes)


def read_messages(body: str) -> list[Json]:
    """Return the messages of a chat completion; the last one is the user's."""
    request = as_object(parse_json(body))
    messages = request.get("messages")
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        raise InputError("The body must be a JSON object with a list `messages`.")
    roles = [message.get("role") for message in messages]
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        raise InputError(
            f"A Dify chat app takes no message with the role {str(unknown[0])[:40]!r}."
        )
    if not roles or roles[-1] != "user":
        raise InputError("There is nothing to ask: the last message must have the role 'user'.")
    schema = as_object(as_object(request.get("response_format")).get("json_schema"))
    if schema.get("strict") is True:
        raise InputError("A Dify chat app cannot be held to a strict JSON schema.")
    return messages


def read_content(message: Json) -> tuple[str, list[Json]]:
    """Return a message's text and the files that are in it by address."""
    content = message.get("content")
    if isinstance(content, str):
        return content, []
    texts, files = [], []
    for part in map(as_object, as_list(content)):
        match part.get("type"):
            case "text" | "input_text":
                texts.append(as_text(part.get("text")))
            case "image_url" | "input_image":
                image = part.get("image_url")
                url = image.get("url") if isinstance(image, dict) else image
                files.append(read_file({"type": "image", "url": url}))
            case "input_file" if part.get("file_url"):
                files.append(read_file(part["file_url"]))
            case kind:
                raise InputError(
                    f"A content part of the type {str(kind)[:40]!r} cannot be sent: Dify cannot "
                    "fetch AI GO! files; give addresses in the sample's `dify_files`."
                )
    return "\n".join(texts), files


def read_files(value: Any) -> list[Json]:
    """Return the files of a sample: one or a list, which may be given as JSON text."""
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        value = parse_json(value)
    files = value if isinstance(value, list) else [value] if value else []
    return [read_file(file) for file in files]


def read_file(value: Any) -> Json:
    """Return a file as Dify takes it, from an address or from an object of Dify's own form."""
    file: Json = {"url": value} if isinstance(value, str) else dict(as_object(value))
    url = as_text(file.get("url"))
    if not file.get("upload_file_id") and not url.startswith(("http://", "https://")):
        raise InputError("A file needs an http(s) address or a Dify `upload_file_id`.")
    if "type" not in file:
        kind = (mimetypes.guess_type(urlsplit(url).path)[0] or "").partition("/")[0]
        file["type"] = kind if kind in ("image", "audio", "video") else "document"
    file.setdefault("transfer_method", "local_file" if file.get("upload_file_id") else "remote_url")
    return file


def find_state(history: list[Json]) -> tuple[str, str, Json]:
    """Return user and conversation of the newest answer that has them, and notes about it."""
    unseen = 0
    for message in reversed(history):
        user, conversation_id = (as_text(message.get(name)) for name in ("user", "conversation_id"))
        if message["role"] == "assistant" and user and conversation_id:
            turns = {"dify_unseen_turns": unseen} if unseen else {}
            return user, conversation_id, {"dify_state": "continued", **turns}
        unseen += message["role"] == "user"
    return "", "", {}


def begin_conversation(history: list[Json], said: str, policy: str) -> tuple[str, Json]:
    """Return the first query of a new conversation; a history without ids is a lost one."""
    turns = [message for message in history if message["role"] in ("user", "assistant")]
    asked = sum(message["role"] == "user" for message in turns)
    if not turns:
        return said, {"dify_state": "new"}
    if policy == "replay":
        told = "\n".join(f"{turn['role']}: {read_content(turn)[0]}" for turn in turns)
        query = f"Our conversation so far:\n\n{told}\n\nGo on from there. user: {said}"
        return query, {"dify_state": "replayed"}
    if asked and policy == "error":
        raise InputError(
            f"Dify's memory is lost: {asked} earlier turns came without `conversation_id` and "
            "`user`, which every answer carries; something between the turns drops the extra "
            "fields of messages. Set `DIFY_LOST_STATE` to replay or ignore to go on without it."
        )
    return said, {"dify_state": "ignored"}


def add_system_message(
    messages: list[Json], query: str, policy: str, notes: Json
) -> tuple[str, Json]:
    """Return the query and the inputs that carry the system message, and note what was done."""
    texts = [read_content(one)[0] for one in messages if one["role"] in ("system", "developer")]
    text = "\n\n".join(texts).strip()
    if not text:
        return query, {}
    if policy == "error":
        raise InputError("There is a system message; a Dify app has its own (see `DIFY_SYSTEM`).")
    notes["dify_system"] = "ignored"
    if policy == "prefix":
        starts = notes["dify_state"] != "continued"
        notes["dify_system"] = "prefixed" if starts else "prefixed to the first query"
        return (f"{text}\n\n{query}" if starts else query), {}
    if policy.startswith("input:"):
        notes["dify_system"] = policy
        return query, {policy.removeprefix("input:"): text}
    return query, {}


def read_sample_id(sample: Json) -> str | None:
    """Return the id of a sample, where it has one."""
    ids = [sample.get("id"), sample.get("sample_id")]
    return next((str(one) for one in ids if isinstance(one, str | int) and str(one)), None)


def new_user(settings: Settings, origin: str) -> str:
    """Return a user for one conversation, which makes it one end user of the app in Dify."""
    parts = [settings.user_prefix, settings.run_tag, origin, secrets.token_hex(6)]
    slugs = [re.sub(r"[^A-Za-z0-9_.]+", "-", part).strip("-")[:60] for part in parts]
    return "-".join(slug for slug in slugs if slug)


# ---- Stage 2: one request, its events ------------------------------------------------------------


class ReadingError(Exception):
    """Reading ended before the body did; the text says why."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The events that came, and why no more of them did, unless the body ended by itself."""

    events: list[Json]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Dify did not take the turn: nothing is written to the conversation."""

    sentence: str
    may_retry: bool = False
    retry_after: float | None = None


def query_model(model_input: ModelInput, settings: Settings) -> RawModelOutput:
    """Ask, and read until the stream ends or `DIFY_TIMEOUT` passes; stop a run that goes on.

    Raises:
        DifyError: Dify did not take the turn.
    """
    started_at, begin = utc_now(), time.monotonic()
    headers = {
        "authorization": f"Bearer {settings.api_key}",
        "content-type": "application/json",
        "accept": "text/event-stream, application/json",
        "accept-encoding": "identity",  # a compressed event may wait for the next one
    }
    with httpx.Client(headers=headers, verify=trusted(settings.authority)) as client:
        reading = ask(client, model_input, settings, begin + settings.timeout)
        problem = reading.problem
        if not Ending.of(reading.events).is_known(cut=problem is not None):
            outcome = stop(client, settings, model_input, reading.events)
            problem = f"{problem or 'the server closed it'}; {outcome}"
    elapsed = round(time.monotonic() - begin, 3)
    return RawModelOutput(reading.events, started_at, utc_now(), elapsed, problem)


def ask(
    client: httpx.Client, model_input: ModelInput, settings: Settings, deadline: float
) -> Reading:
    """Send the request, again where Dify asks for it or was not reached, and read the events."""
    url = f"{settings.url}/chat-messages"
    body = to_body(
        {
            "query": model_input.query,
            "inputs": model_input.inputs,
            "user": model_input.user,
            "conversation_id": model_input.conversation_id,
            "response_mode": "streaming",
            "auto_generate_name": False,  # naming would be one more call of a model per sample
            **({"files": model_input.files} if model_input.files else {}),
            **({"workflow_id": settings.workflow_id} if settings.workflow_id else {}),
        }
    )
    reply = send(client, url, body, deadline)
    for attempt in range(settings.retries):
        if isinstance(reply, Reading) or not reply.may_retry:
            break
        jitter = 0.5 + secrets.randbelow(1000) / 1000
        pause = 0.5 * 2**attempt * jitter if reply.retry_after is None else reply.retry_after
        if time.monotonic() + pause >= deadline:
            break
        time.sleep(pause)
        reply = send(client, url, body, deadline)
    if isinstance(reply, Refusal):
        raise DifyError(reply.sentence)
    return reply


def send(client: httpx.Client, url: str, body: bytes, deadline: float) -> Reading | Refusal:
    """Send the request once."""
    left = max(deadline - time.monotonic(), 0.05)
    limits = httpx.Timeout(min(SILENCE, left), connect=min(CONNECT, left))
    try:
        with (
            client.stream("POST", url, content=body, timeout=limits) as response,
            Cutoff(response, deadline) as cutoff,
        ):
            if response.is_success:
                return read_reply(response, cutoff)
            return read_refusal(response, cutoff)
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        return describe_no_connection(error)
    except httpx.InvalidURL:
        return Refusal("`DIFY_URL` is no address that can be asked.")
    except (httpx.HTTPError, ReadingError) as error:
        return Reading([], to_problem(error, deadline))


def describe_no_connection(error: httpx.TransportError) -> Refusal:
    """Say why Dify was not reached; what TLS refuses now, it refuses the next time too."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Refusal(
            f"Dify's certificate is not trusted ({cause.verify_message}); "
            "`DIFY_CA_CERTIFICATE` takes that of a private authority."
        )
    if cause is not None:
        reason = cause.reason or type(cause).__name__
        return Refusal(f"Dify does not speak TLS as expected ({reason}); check `DIFY_URL`.")
    name = type(error).__name__
    return Refusal(f"Dify cannot be reached ({name}); check `DIFY_URL`.", may_retry=True)


class Cutoff:
    """Ends the reading of a response at a moment, which may be brought forward.

    httpx takes no other timeout once it reads, so a timer shuts its socket down.
    """

    def __init__(self, response: httpx.Response, deadline: float) -> None:
        self.deadline = self.at = deadline
        self._stream = response.extensions.get("network_stream")
        self._timer = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    @property
    def has_passed(self) -> bool:
        """Whether nothing more is to be read."""
        return time.monotonic() >= self.at

    def bring_forward(self, seconds: float) -> None:
        """Read on for so many seconds at most."""
        at = time.monotonic() + seconds
        if at < self.at:
            self.at = at
            self._timer.cancel()
            self._timer = self._start()

    def _start(self) -> threading.Timer:
        timer = threading.Timer(max(self.at - time.monotonic(), 0) + 0.01, self._shut_down)
        timer.daemon = True
        timer.start()
        return timer

    def _shut_down(self) -> None:
        connection = self._stream and self._stream.get_extra_info("socket")
        if isinstance(connection, socket.socket):
            with suppress(OSError):  # it may be closed already
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


def read_reply(response: httpx.Response, cutoff: Cutoff) -> Reading | Refusal:
    """Read an accepted turn: a stream of events, or one JSON object from a blocking server."""
    media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if "html" in media:
        return Refusal(
            f"Dify answered with a web page ({media}), not with events; check `DIFY_URL`, and "
            "whether a login page stands in front of Dify."
        )
    if "json" in media:
        return read_whole_reply(as_object(parse_json(read_body(response, cutoff))))
    reading = read_events(response, cutoff)
    if not reading.events and not reading.problem:
        return Reading([], f"no event came, and the reply's type is {media or 'missing'}")
    return reading


def read_whole_reply(reply: Json) -> Reading | Refusal:
    """Return a blocking reply as the events that would have told the same."""
    if isinstance(reply.get("answer"), str):
        return Reading([{**reply, "event": "message"}, {**reply, "event": "message_end"}])
    if reply.get("event"):
        return Reading([reply])
    if reply.get("code") or reply.get("message"):
        return Refusal(describe_error(reply))
    return Refusal("Dify answered with JSON that is no reply of a chat app; check `DIFY_URL`.")


def read_refusal(response: httpx.Response, cutoff: Cutoff) -> Refusal:
    """Read Dify's error envelope; too many requests at once may pass, a spent quota does not."""
    status = response.status_code
    if response.has_redirect_location:
        target = urljoin(str(response.url), response.headers["location"]).partition("?")[0]
        return Refusal(
            f"Dify {status}: a redirect to {target}, which is not followed; check `DIFY_URL`."
        )
    try:
        envelope = as_object(parse_json(read_body(response, cutoff)))
    except (httpx.HTTPError, ReadingError):
        envelope = {}
    passing = status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        passing = envelope.get("code") != "rate_limit_error"
    sentence = describe_error({**envelope, "status": status})
    return Refusal(sentence, passing, read_retry_after(response.headers.get("retry-after", "")))


def read_retry_after(value: str) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, given as such or as a date."""
    if re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((moment.astimezone(UTC) - datetime.now(UTC)).total_seconds(), 0.0)


def read_events(response: httpx.Response, cutoff: Cutoff) -> Reading:
    """Read server-sent events as Dify writes them: one line of JSON each.

    After an end there is little to wait for, whether the connection stays open, silent or not.
    """
    events: list[Json] = []
    ending = Ending()
    try:
        for line in read_lines(response, cutoff):
            data = data_of(line)
            if not data.startswith(b"{"):  # a ping, a comment, `[DONE]`
                continue
            event = parse_json(data)
            if not isinstance(event, dict):
                raise ReadingError("an event was cut off or is no JSON")
            events.append(event)
            ending.take(event)
            if ending.patience is not None:
                cutoff.bring_forward(ending.patience)
    except (httpx.HTTPError, ReadingError) as error:
        if cutoff.has_passed and cutoff.at < cutoff.deadline:
            return Reading(events, ending.lack)
        return Reading(events, to_problem(error, cutoff.deadline))
    return Reading(events)


def data_of(line: bytes) -> bytes:
    """Return what a line of an event stream carries, nothing where it is no data."""
    line = line.removeprefix(codecs.BOM_UTF8)
    return line.removeprefix(b"data:").strip() if line.startswith(b"data:") else b""


def read_lines(response: httpx.Response, cutoff: Cutoff) -> Iterator[bytes]:
    """Yield lines split at LF alone: text iterators also split at U+2028, U+0085, VT and FF.

    The last line may lack its end, also where the body is lost: it counts if its event is whole.
    """
    begun: list[bytes] = []
    try:
        for chunk in read_chunks(response, cutoff):
            first, *others = chunk.split(b"\n")
            begun.append(first)
            for other in others:
                yield b"".join(begun)
                begun = [other]
    except (httpx.HTTPError, ReadingError):
        line = b"".join(begun)
        if isinstance(parse_json(data_of(line)), dict):
            yield line
        raise
    yield b"".join(begun)


def read_body(response: httpx.Response, cutoff: Cutoff) -> bytes:
    """Return a whole body."""
    return b"".join(read_chunks(response, cutoff))


def read_chunks(response: httpx.Response, cutoff: Cutoff) -> Iterator[bytes]:
    """Yield a body as it comes, not longer than until the cutoff, nor more than `MOST_BYTES`."""
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MOST_BYTES:
            raise ReadingError(f"the reply has more than {MOST_BYTES // 2**20} MiB")
        yield chunk
        if cutoff.has_passed:
            break
    if cutoff.has_passed:  # a body without a length ends well where its socket is shut down
        raise ReadingError("")


def to_problem(error: Exception, deadline: float) -> str:
    """Say why reading ended."""
    if time.monotonic() >= deadline:
        return "the deadline (`DIFY_TIMEOUT`) passed"
    if isinstance(error, ReadingError):
        return str(error)
    if isinstance(error, httpx.TimeoutException):
        return f"nothing came for {SILENCE:g} s"
    return f"the connection was lost ({type(error).__name__})"


def stop(
    client: httpx.Client, settings: Settings, model_input: ModelInput, events: list[Json]
) -> str:
    """Stop the run, which goes on and costs tokens when its reader leaves; say what came of it."""
    task_id = identify(events).get("task_id")
    if not task_id:
        return "its task id is not known, so the run could not be stopped"
    url = f"{settings.url}/chat-messages/{quote(task_id, safe='')}/stop"
    try:
        response = client.post(url, content=to_body({"user": model_input.user}), timeout=STOP)
    except httpx.HTTPError:
        return "the run could not be stopped"
    return "the run was stopped" if response.is_success else "the run could not be stopped"


# ---- How a run ends ------------------------------------------------------------------------------


class Ending:
    """How far a run has come by its events: it goes on, it failed, or its answer is whole.

    A chat or an agent app ends with `message_end`, a chatflow with that and `workflow_finished`,
    in an order that depends on Dify's version. Three chatflows end otherwise:

    - Moderation of the input or a prepared reply: `message_end` comes without a workflow, and
      Dify 1.15 then makes up a workflow that starts and fails.
    - Moderation while a model writes: the text is replaced, the workflow stopped, and
      `message_end` comes on older hosts only.
    - Dify 1.13 may leave `message_end` out of a success, whose outputs have the answer.
    """

    def __init__(self) -> None:
        self.status = ""
        self._message_ended = False
        self._has_workflow = False  # before the message ended
        self._is_made_up = False
        self._replaced_for: set[str] = set()
        self._errors: list[Json] = []
        self._finished: list[Json] = []
        self._waits: list[Json] = []

    @classmethod
    def of(cls, events: list[Json]) -> Self:
        """Return how far these events go."""
        ending = cls()
        for event in events:
            ending.take(event)
        return ending

    def take(self, event: Json) -> None:
        """Take the next event."""
        name, data = as_text(event.get("event")), as_object(event.get("data"))
        match name:
            case "error":
                self._errors.append(event)
            case "message_end":
                self._message_ended = True
            case "message_replace":
                self._replaced_for.add(as_text(event.get("reason")))
            case "human_input_required" | "workflow_paused":
                self._waits.append(data)
            case "workflow_started" if self._message_ended and not self._has_workflow:
                self._is_made_up = True
            case "workflow_finished" if not self._is_made_up:
                self._finished.append(data)
                self.status = as_text(data.get("status"))
        if name.startswith(("workflow_", "node_", "iteration_", "loop_", "agent_log")):
            self._has_workflow |= not self._message_ended

    @property
    def failure(self) -> str | None:
        """What Dify says went wrong; a chatflow tells it in `workflow_finished` alone."""
        for error in self._errors:
            return describe_error(error)
        for data in self._finished:
            status = as_text(data.get("status")) or "ended without a status"
            if "succeeded" not in status and not self._is_withheld(data):
                reason = as_text(data.get("error")) or "Dify gives no reason"
                return f"The Dify workflow {status}: {reason}"
        return describe_pause(self._waits[0]) if self._waits and not self._finished else None

    @property
    def is_whole(self) -> bool:
        """Whether the answer is complete and no failure has been told."""
        if self.failure is not None:
            return False
        if self._message_ended:
            return bool(self._finished) or not self._has_workflow
        return any(map(self._is_withheld, self._finished))

    @property
    def late_answer(self) -> str | None:
        """The answer among a workflow's outputs, where no `message_end` came after its success."""
        if self._message_ended or self.failure is not None:
            return None
        answers = [as_object(data.get("outputs")).get("answer") for data in self._finished]
        return next((answer for answer in answers if isinstance(answer, str)), None)

    @property
    def patience(self) -> float | None:
        """How many seconds to read on for what may follow; None while the run goes on."""
        if self.is_whole or self.failure is not None:
            return AFTER_END
        half = self._message_ended or self.late_answer is not None
        return AFTER_HALF if half else None

    @property
    def lack(self) -> str | None:
        """What is still missing when nobody waits for more."""
        return None if self.is_known(cut=False) else "no `workflow_finished` came"

    def is_known(self, *, cut: bool) -> bool:
        """Tell whether the run failed or answered; `cut` says that more might have come."""
        late = self.late_answer is not None and not cut
        return self.is_whole or self.failure is not None or late

    def _is_withheld(self, finished: Json) -> bool:
        """Tell whether moderation stopped the workflow, with an answer of its own in its place."""
        by_moderation = "output moderation" in as_text(finished.get("error")).lower()
        by_moderation |= "output_moderation" in self._replaced_for
        return finished.get("status") == "stopped" and bool(self._replaced_for) and by_moderation


def describe_error(envelope: Json) -> str:
    """Return Dify's status, code and message as one sentence."""
    told = [str(envelope[name]) for name in ("status", "code") if envelope.get(name)]
    message = as_text(envelope.get("message")) or "no message"
    return f"Dify {' '.join(told) or 'error'}: {message}"


def describe_pause(data: Json) -> str:
    """Say which node waits for a person, and what it asks."""
    reasons = [as_object(reason) for reason in as_list(data.get("reasons"))]
    form = next(iter(reasons), data)
    node = as_text(form.get("node_title")) or as_text(form.get("node_id")) or "of unknown name"
    asks = as_text(form.get("form_content")) or "no text"
    return f"The Dify app is paused for human input: its node {node!r} waits for a person: {asks}"


# ---- Stage 3: the events as an answer with its trace ---------------------------------------------


def convert_model_output(raw: RawModelOutput, model_input: ModelInput, settings: Settings) -> str:
    """Return the answer, its trace and its usage as JSON.

    Raises:
        DifyError: the run failed, waits for a person, was cut off, or answered nothing.
    """
    ending = Ending.of(raw.events)
    if ending.failure is not None:
        raise DifyError(ending.failure)
    if not ending.is_known(cut=raw.problem is not None):
        raise DifyError(f"The Dify stream ended without a terminal event: {raw.problem}.")
    output = OpenResponsesConverter(raw, model_input, settings).convert()
    return to_unicode(json.dumps(output, ensure_ascii=False))


@dataclass(slots=True)
class Step:
    """One use of tools: an agent's thought, a workflow node, or a call in an agent node's log.

    Dify sends it several times; `fields` has the newest value of each field that is not empty.
    """

    kind: str
    id: str
    fields: Json = field(default_factory=dict)

    def merge(self, values: Mapping[str, Any]) -> None:
        """Take over what is not empty: a later event never takes anything back."""
        self.fields |= {name: value for name, value in values.items() if value not in EMPTY}


EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one tool; None stands for what Dify does not tell."""

    name: str
    arguments: Json | None
    output: str | None
    notes: Json = field(default_factory=dict)


class Transcript:
    """What the events add up to: text and steps in their true order, and which text is the answer.

    A thought's calls stand where it named its tool last, before those of the next: Dify reads its
    row when it sends the event, so the first one may have the tool before the text of that step.
    """

    def __init__(self, events: list[Json], trace_nodes: frozenset[str]) -> None:
        self.timeline: list[str | Step] = []
        self.replaced = False
        self.reasoning: list[str] = []  # pieces, as they were streamed beside the answer
        self.files: dict[str, Json] = {}
        self.end: Json = {}
        self.ending = Ending()
        self._said: list[str] = []
        self._trace_nodes = trace_nodes
        self._steps: dict[tuple[str, str], Step] = {}
        self._plans: dict[str, Json] = {}  # what an agent node's model decided to call
        self._is_agent = False
        self._is_withheld = False
        self._closing: list[str] = []  # what a New Agent repeats at its end
        self._is_new_agent = False
        self._has_thought = False
        self._spoken: list[str] = []  # an agent's pieces, empty ones too, since its last thought
        for event in events:
            self.ending.take(event)
            self._add(event)

    @property
    def answer(self) -> str:
        """The answer, as Dify shows and records it: what was said before a tool is no part of it.

        What replaced the text comes before all else. The nodes of a chatflow do not split its
        answer, which flows while they work.
        """
        if self.replaced:
            return self.whole
        if self.ending.late_answer is not None:
            return self.ending.late_answer
        final = self._final_sentence
        return self.closing or (self.tail if final is None else final)

    @property
    def whole(self) -> str:
        """All text that was said, also before tools were used."""
        return "".join(entry for entry in self.timeline if isinstance(entry, str))

    @property
    def tail(self) -> str:
        """The text since an agent's last tools."""
        steps = [
            position
            for position, entry in enumerate(self.timeline)
            if isinstance(entry, Step) and entry.kind == "thought"
        ]
        since = self.timeline[steps[-1] :] if steps else self.timeline
        return "".join(entry for entry in since if isinstance(entry, str))

    @property
    def closing(self) -> str:
        """The complete answer that a New Agent sends at its end, whole or in pieces, maybe twice.

        Pieces may be alike. They say the same again if they are all what was streamed before, or
        if the last one is all others together.
        """
        joined = "".join(self._closing)
        *before, last = self._closing or [""]
        alike = bool(before) and {*before} == {last} and bool(self.tail)
        again = alike or (len(before) > 1 and "".join(before) == last)
        return last if again and not self.tail.startswith(joined) else joined

    @property
    def thoughts(self) -> list[str]:
        """The thoughts that say more than the answer: most only repeat what was streamed."""
        said = squash("".join(self._said) + self.closing)
        found = []
        for step in self._steps.values():
            thought = as_text(step.fields.get("thought")).strip()
            half = len(thought) // 2
            if thought[:half] == thought[half:]:  # ReAct saves a thought twice
                thought = thought[:half].strip()
            if step.kind == "thought" and squash(thought) not in said:
                found.append(thought)
        return [*found, self._said_before_the_final_sentence]

    @property
    def usage(self) -> Json:
        """What Dify counted; zeros of a run that was stopped while its model wrote count nothing.

        Where no model ran, zero is a count. Moderation and prepared replies come in one piece or
        one character at a time, and there is no unit for the price of their tokens.
        """
        usage = as_object(self.end.get("usage"))
        unit = as_text(usage.get("prompt_price_unit")).strip("0.")
        in_pieces = len(self._said) > 1 and any(len(piece) > 1 for piece in self._said)
        wrote = self._is_agent or (in_pieces and not self.ending.status)
        if self._counts == [0, 0] and (unit or wrote or self.ending.status == "stopped"):
            return {"latency": usage.get("latency")}
        return usage

    @property
    def _counts(self) -> list[Any]:
        usage = as_object(self.end.get("usage"))
        return [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]

    @property
    def _final_sentence(self) -> str | None:
        """What a ReAct agent answers: its last piece, whole, with no thought after it.

        Each other agent repeats its last text as a thought. One that was stopped does not, either,
        but nothing was counted for it.
        """
        if self._has_thought and self._spoken and any(self._counts) and not self._is_new_agent:
            return self._spoken[-1]
        return None

    @property
    def _said_before_the_final_sentence(self) -> str:
        return "" if self._final_sentence is None else "".join(self._spoken[:-1])

    def calls_of(self, step: Step) -> list[Call]:
        """Return the calls of a step."""
        if step.kind == "thought":
            # Only a New Agent closes with the whole answer, and only it sends bare values.
            return read_thought(step.fields, bare=self._is_new_agent)
        if step.kind == "node":
            return [read_node(step.fields)]
        return [read_log(step.fields, self._planned_arguments(step))]

    def _add(self, event: Json) -> None:
        text = as_text(event.get("answer"))
        match event.get("event"):
            case "agent_message" | "message" if self._is_withheld:
                pass  # its model was still writing
            case "agent_message":
                self._is_agent = True
                self._say(text)
            case "message" if self._is_agent:
                self._is_new_agent |= isinstance(event.get("answer"), str)
                self._closing += [text] if text else []
            case "message":
                self._say(text)
            case "message_file":
                self._add_file(event)
                if "answer" in event:  # after a file, Dify sends text under this name too
                    self._say(text)
            case "message_replace":
                self._replace(text)
                self._is_withheld |= event.get("reason") == "output_moderation"
            case "agent_thought":
                self._think(event)
            case "message_end":
                self._finish(event)
            case name:
                self._add_of_chatflow(as_text(name), as_object(event.get("data")))

    def _add_of_chatflow(self, name: str, data: Json) -> None:
        match name:
            case "reasoning_chunk":
                self.reasoning.append(as_text(data.get("reasoning")))
            case "node_started" | "node_finished":
                if as_text(data.get("node_type")) in self._trace_nodes:
                    self._work("node", data.get("id") or data.get("node_id"), data)
            case "agent_log" if "agent-log" in self._trace_nodes:
                self._log(data)

    def _say(self, text: str) -> None:
        self._spoken.append(text)
        if text:
            self._said.append(text)
            self.timeline.append(text)

    def _replace(self, text: str) -> None:
        self.replaced = True
        self._closing.clear()
        self._spoken.clear()
        self.timeline = [entry for entry in self.timeline if isinstance(entry, Step)]
        self._say(text)

    def _think(self, event: Json) -> None:
        values = {
            name: event.get(name) for name in ("tool", "tool_input", "observation", "thought")
        }
        self._has_thought = True
        self._is_agent |= bool(as_text(event.get("tool")))
        self._spoken.clear()
        self._work("thought", event.get("id") or event.get("position"), values)

    def _log(self, data: Json) -> None:
        if as_text(data.get("label")).startswith("CALL "):
            self._work("log", data.get("id"), data)
        elif planned := as_list(as_object(data.get("data")).get("tool_input")):
            self._plans[str(data.get("id"))] = {"parent": data.get("parent_id"), "calls": planned}

    def _work(self, kind: str, key: object, values: Mapping[str, Any]) -> None:
        step = self._steps.setdefault((kind, str(key)), Step(kind, str(key)))
        step.merge(values)
        if kind == "thought" and not as_text(values.get("tool")):
            return
        others = [entry for entry in self.timeline if entry is not step]
        last = next((entry for entry in reversed(self.timeline) if isinstance(entry, Step)), None)
        if len(others) == len(self.timeline) or (kind == "thought" and last is step):
            self.timeline = [*others, step]

    def _planned_arguments(self, step: Step) -> Any:
        """Return what the model gave for this call: the log of its sibling has it, in order."""
        parent, label = step.fields.get("parent_id"), step.fields.get("label")
        same = [
            other
            for other in self._steps.values()
            if other.kind == "log"
            and (other.fields.get("parent_id"), other.fields.get("label")) == (parent, label)
        ]
        planned = [
            call.get("args")
            for plan in self._plans.values()
            if plan["parent"] == parent
            for call in map(as_object, plan["calls"])
            if f"CALL {call.get('name')}" == label
        ]
        return dict(enumerate(planned)).get(same.index(step))

    def _add_file(self, file: Json) -> None:
        url = as_text(file.get("url")) or as_text(file.get("remote_url"))
        if url and file.get("belongs_to") != "user":
            told = {name: file[name] for name in ("type", "filename") if file.get(name)}
            self.files[url] = self.files.get(url, {}) | told

    def _finish(self, event: Json) -> None:
        self.end = as_object(event.get("metadata"))
        for file in as_list(event.get("files")):
            self._add_file(as_object(file))


def read_thought(fields: Json, *, bare: bool) -> list[Call]:
    """Return the calls of an agent's thought, whose tools are joined by `;`.

    Arguments and results are keyed by name, so of two calls of one tool only the last has them.
    """
    names = [name.strip() for name in as_text(fields.get("tool")).split(";") if name.strip()]
    given, observed = fields.get("tool_input"), fields.get("observation")
    bare |= names_its_tool(names, given, observed)
    arguments = open_envelope(given, names, bare)
    results = open_envelope(observed, names, bare)
    calls = []
    for position, name in enumerate(names):
        if name in names[position + 1 :]:
            calls.append(Call(name, None, None))
        else:
            known = to_arguments(arguments.get(name))
            calls.append(Call(name, known, to_output(results.get(name))))
    return calls


def names_its_tool(names: list[str], given: Any, observed: Any) -> bool:
    """Tell an argument named like its tool from an envelope, which the result would have, too."""
    envelope, result = open_json(given), open_json(observed)
    if observed in EMPTY or is_keyed_by(names, result) or not is_keyed_by(names, envelope):
        return False
    return not any(isinstance(value, dict) for value in envelope.values())


def open_envelope(value: Any, names: list[str], bare: bool) -> Json:
    """Return values by tool name; without an envelope, the value is the only tool's."""
    parsed = open_json(value)
    if not bare and is_keyed_by(names, parsed):
        return dict(parsed)
    return {names[0]: value} if len(set(names)) == 1 else {}


def is_keyed_by(names: list[str], parsed: Any) -> bool:
    """Tell whether a value is an object whose keys are all names of tools."""
    return isinstance(parsed, dict) and bool(parsed) and parsed.keys() <= set(names)


def to_arguments(value: Any) -> Json | None:
    """Return arguments as an object; a ReAct agent gives its tool one text."""
    parsed = open_json(value)
    if isinstance(parsed, dict):
        return parsed
    if value is None or str(value).lstrip().startswith("{"):  # cut off while it was written
        return None
    return {"input": value}


def to_output(value: Any) -> str | None:
    """Return a tool's result as the text that it is, or as JSON."""
    return (
        value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    )


def read_node(fields: Json) -> Call:
    """Return a workflow node as a call; one that failed or did not finish has no output."""
    name = as_text(fields.get("title")) or as_text(fields.get("node_type"))
    notes: Json = {key: fields[key] for key in ("node_id", "node_type", "error") if key in fields}
    done = fields.get("status") == "succeeded"
    output = to_output(as_object(fields.get("outputs"))) if done else None
    return Call(name, as_object(fields.get("inputs")), output, notes)


def read_log(fields: Json, planned: Any) -> Call:
    """Return a call from an agent node's log; the official strategies write two forms."""
    data = as_object(fields.get("data"))
    result = data.get("output")
    given = data.get("tool_call_args")
    if isinstance(result, dict):
        given = result.get("tool_call_input")
        result = result.get("tool_response")
    name = as_text(fields.get("label")).removeprefix("CALL ").strip()
    notes: Json = {key: fields[key] for key in ("node_id", "error") if key in fields}
    done = fields.get("status") == "success"
    arguments = to_arguments(given if planned is None else planned)
    return Call(name, arguments, to_output(result) if done else None, notes)


class OpenResponsesConverter:
    """Turns one turn into the items of an Open Responses trace, the answer last.

    AI GO! scores the text of the last assistant message and sends that message's extra fields
    back with the next turn: they are the state, and small. What is bulky is on its content part.
    """

    def __init__(self, raw: RawModelOutput, model_input: ModelInput, settings: Settings) -> None:
        self._raw = raw
        self._model_input = model_input
        self._settings = settings
        self._transcript = Transcript(raw.events, settings.trace_nodes)
        self._ids = identify(raw.events)
        events = json.dumps(raw.events, sort_keys=True).encode()
        self._stem = self._ids.get("message_id") or hashlib.sha256(events).hexdigest()[:16]

    def convert(self) -> Json:
        """Return `items` and `usage`.

        Raises:
            DifyError: the answer is empty, was given in another conversation, or by another app.
        """
        self._check_conversation()
        app_id = self._ids.get("dify_app_id", self._settings.app_id)
        if self._settings.app_id not in ("", app_id):
            raise DifyError(f"The app {app_id} answered; `DIFY_APP_ID` names another one.")
        items, text = self._split_timeline()
        answer = self._part(text)[0]
        if not answer.strip() and not self._may_be_empty():
            raise DifyError("Dify gave an empty answer (set `DIFY_EMPTY_ANSWER` to allow it).")
        items.append(self._answer_message(answer, text))
        return {"items": items, "usage": read_usage(self._transcript.usage)}

    def _split_timeline(self) -> tuple[list[Json], str]:
        """Return the items before the answer, and the answer with its reasoning between tags.

        What was said before an agent's tools stands before their calls, but not where the answer
        says it again, and not where it was replaced.
        """
        items: list[Json] = []
        said: list[str] = []
        for entry in self._transcript.timeline:
            if isinstance(entry, str):
                said.append(entry)
                continue
            if entry.kind == "thought":
                text, _, thinking = self._part("".join(said))
                said = ["<think>"] if thinking else []
                items += [self._message(text, f"-{len(items)}")] if text.strip() else []
            items += self._call_items(entry)
        text = self._transcript.answer
        if text == self._transcript.whole:
            return [item for item in items if item["type"] != "message"], text
        return items, "".join(said) if text == self._transcript.tail else text

    def _part(self, text: str) -> tuple[str, str, bool]:
        keep = self._settings.reasoning == "keep"
        return (text, "", False) if keep else split_thinking(text)

    def _may_be_empty(self) -> bool:
        annotated = self._transcript.end.get("annotation_reply")
        allowed = self._settings.empty_answer == "allow"
        return bool(self._transcript.files or annotated or allowed)

    def _message(self, text: str, suffix: str = "") -> Json:
        part = {"type": "output_text", "text": text, "annotations": []}
        return {
            "type": "message",
            "id": f"msg_{self._stem}{suffix}",
            "status": "completed",
            "role": "assistant",
            "content": [part],
        }

    def _call_items(self, step: Step) -> list[Json]:
        calls, outputs = [], []
        for position, call in enumerate(self._transcript.calls_of(step)):
            stem = f"{self._stem}_{step.kind}_{step.id}_{position}"
            link = {"call_id": f"call_{stem}", "status": "completed"}
            item = {"type": "function_call", "id": f"fc_{stem}", **link, "name": call.name}
            item |= {"arguments": json.dumps(call.arguments or {}, ensure_ascii=False)}
            if call.output is None:
                item["status"] = "incomplete"
            else:
                output = {"type": "function_call_output", "id": f"fco_{stem}", **link}
                outputs.append(output | {"output": call.output})
            calls.append(item | call.notes)
        return calls + outputs

    def _answer_message(self, answer: str, text: str) -> Json:
        message = self._message(answer)
        whole = self._transcript.whole
        message["content"][0] |= drop_empty(
            {
                "annotations": read_citations(self._transcript.end.get("retriever_resources")),
                "reasoning": self._reasoning(text),
                "dify_files": self._files(),
                "dify_whole_answer": "" if text == whole else whole,
            }
        )
        return message | drop_empty(
            {
                **describe_turn(self._raw, self._model_input, self._settings),
                **self._model_input.notes,
                "dify_elapsed_seconds": self._raw.elapsed_seconds,
                "dify_workflow_status": self._transcript.ending.status,
                "dify_replaced": self._transcript.replaced or None,
                "dify_annotation_reply": bool(self._transcript.end.get("annotation_reply")) or None,
            }
        )

    def _check_conversation(self) -> None:
        """Raise where Dify went on in another conversation than it was asked to: memory is lost."""
        asked = self._model_input.conversation_id
        if not asked or self._ids.get("conversation_id", asked) == asked:
            return
        if self._settings.lost_state != "ignore":
            raise DifyError(
                f"Dify's memory is lost: it knows no conversation {asked} of this user and "
                "answered in a new one. Set `DIFY_LOST_STATE` to ignore to go on without it."
            )
        self._model_input.notes["dify_state"] = "in another conversation"

    def _reasoning(self, text: str) -> str:
        if self._settings.reasoning == "drop":
            return ""
        transcript = self._transcript
        hidden = self._part(transcript.whole)[1] or self._part(text)[1]
        parts = ["".join(transcript.reasoning), hidden, *transcript.thoughts]
        return "\n\n".join(part.strip() for part in parts if part.strip())

    def _files(self) -> list[Json]:
        base = self._settings.url + "/"
        return [{"url": urljoin(base, url), **file} for url, file in self._transcript.files.items()]


def split_thinking(text: str) -> tuple[str, str, bool]:
    """Part an answer from the reasoning between think tags; say whether a tag is still open."""
    shown, thoughts, thinking = "", [], False
    for piece in re.split(r"(</?think>)", text):
        if piece == ("</think>" if thinking else "<think>"):
            thinking = not thinking
            thoughts += [""] if thinking else []
        elif thinking:
            thoughts[-1] += piece
        else:
            shown += piece if shown.strip() or not thoughts else piece.lstrip()
    return shown, "\n\n".join(filter(None, map(str.strip, thoughts))), thinking


def read_usage(value: Any) -> Json | None:
    """Return what Dify counted; what it does not say is left out, never zero.

    `total_tokens` of an agent may be less than the sum, so nothing is derived from it.
    """
    counted = as_object(value)
    names = {"prompt_tokens": "num_prompt_tokens", "completion_tokens": "num_completion_tokens"}
    usage: Json = {ours: counted[theirs] for theirs, ours in names.items() if theirs in counted}
    usage = {name: count for name, count in usage.items() if type(count) is int}
    others = ("total_tokens", "total_price", "currency", "latency")
    return usage | drop_empty({name: counted.get(name) for name in others}) or None


def read_citations(resources: Any) -> list[Json]:
    """Return the chunks of knowledge behind an answer as citations."""
    kept = ("document_name", "dataset_name", "document_id", "dataset_id", "segment_id")
    citations = []
    for resource in map(as_object, as_list(resources)):
        citation = {"type": "text_citation", "content": as_text(resource.get("content"))}
        named = {name: resource.get(name) for name in (*kept, "score", "position")}
        citations.append(citation | drop_empty(named))
    return citations


# ---- Evidence ------------------------------------------------------------------------------------


def identify(events: list[Json]) -> dict[str, str]:
    """Return the ids that Dify gave a turn; any event may carry them."""
    found: dict[str, str] = {}
    for event in events:
        data = as_object(event.get("data"))
        ids = {
            name: event.get(name)
            for name in ("conversation_id", "message_id", "task_id", "workflow_run_id")
        }
        if event.get("event") == "workflow_started":
            ids["dify_app_id"] = as_object(data.get("inputs")).get("sys.app_id")
        if event.get("event") == "workflow_finished":
            ids["dify_end_user_id"] = as_object(data.get("created_by")).get("id")
        found = {name: text for name, one in ids.items() if (text := as_text(one))} | found
    return found


def describe_turn(raw: RawModelOutput, model_input: ModelInput, settings: Settings) -> Json:
    """Return who was asked, when, and under which ids: no prompt, no answer."""
    ids = identify(raw.events)
    return {
        "dify_app_id": ids.get("dify_app_id") or settings.app_id or None,
        "user": model_input.user,
        "dify_end_user_id": ids.get("dify_end_user_id"),
        "conversation_id": ids.get("conversation_id") or model_input.conversation_id or None,
        "message_id": ids.get("message_id"),
        "workflow_run_id": ids.get("workflow_run_id"),
        "task_id": ids.get("task_id"),
        "started_at": raw.started_at,
        "finished_at": raw.finished_at,
    }


def write_evidence(
    raw: RawModelOutput, model_input: ModelInput, settings: Settings, outcome: str
) -> None:
    """Append one line about the turn: failed turns have called models, too."""
    if settings.evidence_file:
        turn = describe_turn(raw, model_input, settings)
        record = turn | {"sample_id": model_input.sample_id, "outcome": outcome}
        append_line(settings.evidence_file, json.dumps(record) + "\n")


def append_line(path: str, line: str) -> None:
    """Write to the end of a file in one piece, since several turns may do so at once."""
    try:
        with open(path, "ab", buffering=0) as file:
            file.write(line.encode())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"`DIFY_EVIDENCE_FILE` cannot be written: {reason}.") from None


# ---- JSON that nobody has checked, and text ------------------------------------------------------


def parse_json(text: str | bytes) -> Any:
    """Return the value of JSON text, None where it is none; what JSON has no number for is None."""
    try:
        return json.loads(text, strict=False, parse_constant=lambda _: None, parse_float=to_finite)
    except (ValueError, RecursionError):
        return None


def open_json(value: Any) -> Any:
    """Return a value that may be given as JSON text."""
    return parse_json(value) if isinstance(value, str) else value


def to_finite(digits: str) -> float | None:
    """Return a number unless it is too large for one."""
    number = float(digits)
    return number if math.isfinite(number) else None


def as_object(value: Any) -> Json:
    """Return a JSON object, an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Return a JSON list, an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """Return a text, an empty one in place of anything else."""
    return value if isinstance(value, str) else ""


def drop_empty(values: Json) -> Json:
    """Return the fields that have something in them."""
    return {name: value for name, value in values.items() if value not in EMPTY}


def squash(text: str) -> str:
    """Return a text without its white space, to compare."""
    return "".join(text.split())


def to_unicode(text: str) -> str:
    """Join surrogate pairs that were sent in two pieces, and replace halves that stay alone."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def to_body(value: Json) -> bytes:
    """Return a JSON body."""
    return to_unicode(json.dumps(value, ensure_ascii=False)).encode()


def to_sentence(text: str, private: tuple[str, ...]) -> str:
    """Return an error on one line of bounded length, without the key and what the user said."""
    for secret in private:
        short = len(secret) < len("word")  # hidden only where it stands alone
        edges = r"(?<!\w){}(?!\w)" if short else "{}"
        text = re.sub(edges.format(re.escape(secret)), "***", text)
    text = " ".join(to_unicode(text).split())
    return text if len(text) <= LONGEST_ERROR else f"{text[:LONGEST_ERROR]}…"


def utc_now() -> str:
    """Return the time as RFC 3339 writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
