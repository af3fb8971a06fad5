"""What the tree declares: its manifest, and the YAML of each provider that the manifest lists."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, Field, JsonValue, ValidationError

from tools.package.errors import PackagerFailure

type JsonObject = dict[str, JsonValue]
type Texts = dict[str, str]  # a text, or a file, per language


class _Python(BaseModel):
    provider_source: str
    model_sources: list[str] = []


class _Extra(BaseModel):
    python: _Python


class ModelFiles(BaseModel):
    """Where the predefined models of one type are, and the file that orders them."""

    predefined: list[str] = []
    position: str | None = None


class Provider(BaseModel):
    """One provider: what its package takes from its YAML."""

    path: str
    name: str = Field(alias="provider")
    label: Texts
    description: Texts
    icon_small: Texts
    icon_small_dark: Texts = {}
    icon_large: Texts = {}
    icon_large_dark: Texts = {}
    supported_model_types: list[str]
    models: dict[str, ModelFiles] = {}
    extra: _Extra

    @property
    def icons(self) -> set[str]:
        """The files in `_assets` that it names."""
        fields = (self.icon_small, self.icon_small_dark, self.icon_large, self.icon_large_dark)
        return {file for field in fields for file in field.values()}

    @property
    def model_folders(self) -> list[str]:
        """The names of the folders of its model types, below `models`."""
        return [model_type.replace("-", "_") for model_type in self.supported_model_types]


class _Runner(BaseModel):
    entrypoint: str


class _Meta(BaseModel):
    runner: _Runner


class _Plugins(BaseModel):
    models: list[str]


class Manifest(BaseModel):
    """What packages and bundles take from the tree's manifest."""

    name: str
    version: str
    author: str
    label: Texts
    description: Texts
    icon: str
    plugins: _Plugins
    meta: _Meta
    privacy: str


@dataclass(frozen=True, slots=True)
class Tree:
    """The source tree that packages are made from.

    manifest: what is read from its manifest; document: the manifest as it stands.
    """

    root: Path
    manifest: Manifest
    document: JsonObject
    providers: tuple[Provider, ...]

    def file(self, path: str) -> bytes:
        """Read one file by its path in the tree.

        Raises:
            PackagerFailure: there is none.
        """
        try:
            return (self.root / path).read_bytes()
        except OSError as error:
            raise PackagerFailure(f"{path!r} is to be packed, but the tree lacks it.") from error

    def files(self, pattern: str) -> Iterator[str]:
        """Yield the paths in the tree of the files that match a glob, in order."""
        for path in sorted(self.root.glob(pattern)):
            if path.is_file():
                yield path.relative_to(self.root).as_posix()


def read_tree(root: Path) -> Tree:
    """Read the manifest of a tree and its providers.

    Raises:
        PackagerFailure: a file is absent, or is not what a manifest or provider must be.
    """
    document = _read_yaml(root, "manifest.yaml")
    try:
        manifest = Manifest.model_validate(document)
    except ValidationError as error:
        raise _not_as_needed("manifest.yaml", error) from error
    providers = tuple(_read_provider(root, path) for path in manifest.plugins.models)
    return Tree(root, manifest, document, providers)


def _read_provider(root: Path, path: str) -> Provider:
    try:
        return Provider.model_validate({**_read_yaml(root, path), "path": path})
    except ValidationError as error:
        raise _not_as_needed(path, error) from error


def _read_yaml(root: Path, path: str) -> JsonObject:
    try:
        document: JsonValue = yaml.safe_load((root / path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PackagerFailure(f"{path!r} cannot be read as YAML in {str(root)!r}.") from error
    if not isinstance(document, dict):
        raise PackagerFailure(f"{path!r} holds no mapping; write its keys at the top level.")
    return document


def _not_as_needed(path: str, error: ValidationError) -> PackagerFailure:
    """Name the first field that is wrong; the others show once it is mended."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(map(str, first["loc"]))
    return PackagerFailure(f"{path!r} cannot be packed: {field!r}: {first['msg']}.")
