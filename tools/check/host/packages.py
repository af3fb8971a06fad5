"""What becomes of the packages: signatures, installation, what Dify shows of them, an upgrade."""

import io
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from fakes.dify_daemon.errors import PluginFailure
from tools.check.errors import CheckFailure
from tools.check.host.run import CANARY, HostRun
from tools.package.archive import read_archive, write_archive
from tools.package.bundle import with_packages
from tools.package.signature import create_key_pair, sign

_ICONS = ("icon_small", "icon_small_dark", "icon_large", "icon_large_dark")
# Calls while a plugin is replaced, until it is done and once more; half of them are streams.
_CALLERS, _MOST_CALLS = 8, 5_000
_HOW_TO_SIGN = (
    "make a pair with `python -m tools.package keys NAME`, name NAME.public.pem in the daemon's"
    " THIRD_PARTY_SIGNATURE_VERIFICATION_PUBLIC_KEYS, and give `--sign NAME.private.pem`"
)


def signatures(run: HostRun) -> str:
    """Have refused what nobody, or somebody else, signed, or what was changed afterwards."""
    package = run.packages["openai"]
    refused = {"unsigned": package}
    if run.options.sign:
        with tempfile.TemporaryDirectory() as folder:
            stranger, _ = create_key_pair(Path(folder) / "stranger")
            foreign = sign(package, stranger.read_bytes(), "community", int(time.time()))
        refused |= {"foreign": foreign, "changed": _changed(run.signed(package))}
    for kind, content in refused.items():
        try:
            run.daemon.upload(content, verify=True)
        except CheckFailure as refusal:
            if "signature" not in str(refusal):
                raise
        else:
            raise CheckFailure(f"the {kind} package was taken")
    if run.options.sign:
        run.daemon.upload(run.signed(package), verify=True)
    return f"refused: {', '.join(refused)}" + (", ours is taken" if run.options.sign else "")


def _changed(signed: bytes) -> bytes:
    """Return a signed package with one file changed, and its signature as it was."""
    archive, data = read_archive(signed), io.BytesIO()
    with zipfile.ZipFile(data, "w") as writer:
        for name, content in archive.files.items():
            writer.writestr(name, content + b"\n" if name == "README.md" else content)
        writer.comment = archive.comment
    return data.getvalue()


def installation(run: HostRun) -> str:
    bundle = with_packages(run.bundle, [run.signed(package) for package in run.packages.values()])
    try:
        identifiers = run.daemon.upload(bundle, bundle=True)
    except CheckFailure as failure:
        raise CheckFailure(f"{failure}; to sign: {_HOW_TO_SIGN}") from failure
    started = time.monotonic()
    run.daemon.install(identifiers)
    return f"{len(identifiers)} plugins of the bundle run after {time.monotonic() - started:.0f} s"


def icons(run: HostRun) -> str:
    for name, told in run.daemon.providers().items():
        files = read_archive(run.packages[name]).files
        declared = yaml.safe_load(files[f"provider/{name}.yaml"])
        for icon in _ICONS:
            own = files[f"_assets/{declared[icon]['en_US']}"]
            if run.daemon.asset(told[icon]["en_US"]) != own:
                raise CheckFailure(f"{name}: {icon} is not the package's")
    return f"{len(_ICONS)} of each provider are the packages' own"


def providers(run: HostRun) -> str:
    """Compare names, models and forms with the packages'."""
    told = run.daemon.providers()
    if told.keys() != run.packages.keys():
        raise CheckFailure(f"the daemon lists {', '.join(told) or 'none'}")
    counts = []
    for name, provider in told.items():
        documents = {
            path: yaml.safe_load(content)
            for path, content in read_archive(run.packages[name]).files.items()
            if path.startswith(("models/", "provider/")) and path.endswith(".yaml")
        }
        models = sorted(
            (document["model_type"], document["model"])
            for document in documents.values()
            if isinstance(document, dict) and "model_type" in document
        )
        listed = sorted((model["model_type"], model["model"]) for model in provider["models"])
        if listed != models:
            raise CheckFailure(f"{name}: the models differ: {set(listed) ^ set(models)}")
        if list(_form_fields(provider)) != list(_form_fields(documents[f"provider/{name}.yaml"])):
            raise CheckFailure(f"{name}: the forms have other fields")
        counts.append(f"{name} with {len(models)} models")
    return ", ".join(counts)


def _form_fields(provider: Mapping[str, Any]) -> Iterator[str]:
    for form in ("provider_credential_schema", "model_credential_schema"):
        for entry in (provider.get(form) or {}).get("credential_form_schemas", ()):
            yield entry["variable"]


def upgrade(run: HostRun) -> str:
    """Replace the plugin while it is called; no call fails."""
    old = next(
        plugin["plugin_unique_identifier"]
        for plugin in run.daemon.plugins()
        if plugin["name"] == "openai"
    )
    files = read_archive(run.packages["openai"]).files
    (new,) = run.daemon.upload(
        run.signed(write_archive({**files, "README.md": files["README.md"] + b"\n"}))
    )
    target = run.target(run.service.new_account(), "openai")
    ended: list[str] = []
    with ThreadPoolExecutor(_CALLERS + 1) as pool:
        upgrade: Future[None] = pool.submit(run.daemon.upgrade, old, new)

        def call_on(number: int) -> None:
            done = False
            while not done and len(ended) < _MOST_CALLS:
                done = upgrade.done()  # one more call follows the end
                try:
                    run.answer(target, CANARY, stream=number % 2 == 0)
                    ended.append("")
                except (PluginFailure, CheckFailure) as failure:
                    ended.append(str(failure))

        list(pool.map(call_on, range(_CALLERS)))
        upgrade.result()
    failed = [words for words in ended if words]
    if failed:
        raise CheckFailure(f"{len(failed)} of {len(ended)} calls failed, first: {failed[0]}")
    running = [plugin["plugin_unique_identifier"] for plugin in run.daemon.plugins()]
    if new not in running:
        raise CheckFailure(f"the daemon lists {running}, not {new}")
    return f"{len(ended)} of {len(ended)} calls meanwhile were answered"
