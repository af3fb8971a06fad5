"""manifest.yaml: what the daemon decodes, the SDK loads and Dify shows.

Sources: the daemon's `plugin_entities/plugin_declaration.go`, the SDK's
`core/entities/plugin/setup.py`, Dify's `core/plugin/entities/plugin.py`, the marketplace's package
validation.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

from packaging.version import Version

from tools.package.check.fields import Field
from tools.package.check.icons import check_icon
from tools.package.check.identity import check_identity, check_version, parse_version
from tools.package.check.owner import check_owner
from tools.package.check.package import Package
from tools.package.check.permissions import check_resource
from tools.package.check.translations import check_translations
from tools.package.check.values import shown

_PATH_CHARACTERS = 128
_VERSION_CHARACTERS = 128
_ENTRYPOINT_CHARACTERS = 256
_MOST_PROVIDERS = 16
_MOST_TAGS = 32
_OTHER_KINDS = ("tools", "endpoints", "agent_strategies", "datasources", "triggers")
_ARCHITECTURES = ("amd64", "arm64")
# fmt: off
TAGS = (
    "search", "image", "videos", "weather", "finance", "design", "travel", "social", "news",
    "medical", "productivity", "education", "business", "entertainment", "utilities", "agent",
    "rag", "other", "trigger",
)
# fmt: on
# What Go's time.Time reads from a string; an unquoted YAML timestamp is read by every host.
_RFC_3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_MOMENT = "a moment such as 2026-01-31T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Declared:
    """What the rest of the package is checked against."""

    providers: tuple[str, ...]
    minimum_dify: Version | None


def check_manifest(package: Package, manifest: Field) -> Declared:
    """Check the manifest and return what it declares."""
    check_identity(manifest)
    manifest.required("type", "plugin").one_of(("plugin",))
    for key in ("label", "description"):
        check_translations(manifest.required(key, "a text per language"))
    check_icon(package, manifest.required("icon", "the name of a file in _assets"))
    check_icon(package, manifest.optional("icon_dark"))
    _check_moment(manifest.required("created_at", _MOMENT))
    check_resource(manifest.required("resource", "at least `memory`"))
    for tag in manifest.optional("tags").items(_MOST_TAGS):
        tag.one_of(TAGS)
    check_owner(package, manifest)
    minimum_dify = _check_meta(package, manifest.required("meta", "version, arch and runner"))
    return Declared(_check_plugins(package, manifest), minimum_dify)


def _check_moment(created_at: Field) -> None:
    value = created_at.value
    if not created_at.present or isinstance(value, date):
        return
    text = created_at.text(_PATH_CHARACTERS)
    if text is None:
        return
    parts = _RFC_3339.fullmatch(text)
    try:
        if parts:
            datetime.fromisoformat(parts[1] + parts[2])
            return
    except ValueError:
        pass  # the shape of a moment, but no day or hour of the calendar
    created_at.problem(f"{shown(text)} is no moment by RFC 3339", f"write {_MOMENT}")


def _check_plugins(package: Package, manifest: Field) -> tuple[str, ...]:
    plugins = manifest.required("plugins", "models with the path of the provider's YAML")
    for kind in _OTHER_KINDS:
        if plugins.not_null(kind).items(_MOST_PROVIDERS):
            rule = "stands beside models, which a host refuses"
            plugins.optional(kind).problem(rule, "ship a package of its own")
    models = plugins.required("models", "a list with the path of the provider's YAML")
    entries = models.items(_MOST_PROVIDERS)
    if models.present and isinstance(models.value, list) and len(entries) != 1:
        rule = f"lists {len(entries)} providers, a host shows one"
        models.problem(rule, "list one and ship one package per provider")
    paths = [path for entry in entries if (path := entry.text(_PATH_CHARACTERS)) is not None]
    for path in paths:
        if path not in package.files:
            rule = f"names {shown(path)}, which is not in the package"
            models.problem(rule, "write the path of the provider's YAML from the root")
    return tuple(dict.fromkeys(path for path in paths if path in package.files))


def _check_meta(package: Package, meta: Field) -> Version | None:
    check_version(meta.required("version", "0.0.1 or later"))
    arch = meta.required("arch", "a list of amd64 and arm64")
    architectures = arch.items(len(_ARCHITECTURES))
    for architecture in architectures:
        architecture.one_of(_ARCHITECTURES)
    if arch.value == []:
        arch.problem("is empty", "list amd64 and arm64")
    runner = meta.required("runner", "language, version and entrypoint")
    runner.required("language", "python").one_of(("python",))
    runner.required("version", '"3.12"').text(_VERSION_CHARACTERS)
    _check_entrypoint(package, runner.required("entrypoint", "main"))
    return _check_minimum_dify(meta.optional("minimum_dify_version"))


def _check_minimum_dify(minimum: Field) -> Version | None:
    if not minimum.present:
        minimum.warning("is missing", "name the first Dify that the plugin is made for")
    text = minimum.text(_VERSION_CHARACTERS)
    return None if text is None else parse_version(minimum, text)


def _check_entrypoint(package: Package, entrypoint: Field) -> None:
    module = entrypoint.text(_ENTRYPOINT_CHARACTERS)
    if module is None:
        return
    if module != "main":
        rule = f"{shown(module)} is not what the marketplace starts, which is main"
        entrypoint.problem(rule, "name the module main")
    elif "main.py" not in package.files:
        entrypoint.problem("main.py is not in the package", "add it")
