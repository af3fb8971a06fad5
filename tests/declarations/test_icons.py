"""The icons: present for light and dark, the right shape, and complete in themselves."""

from xml.etree import ElementTree

from tests.declarations.declaration_files import ASSETS, MANIFEST, PROVIDERS, read_declaration

SMALL, LARGE = "0 0 48 48", "0 0 160 48"
VIEW_BOXES = {
    "icon_suite": SMALL,
    "icon_openai": SMALL,
    "icon_openai_large": LARGE,
    "icon_azure_openai": SMALL,
    "icon_azure_openai_large": LARGE,
}
SVG = "{http://www.w3.org/2000/svg}"
# No text: its width would be the renderer's font's.
DRAWING = {"svg", "mask", "g", "path", "circle"}


def test_the_icons_named_are_the_icons_there() -> None:
    manifest = read_declaration(MANIFEST)
    named = {manifest["icon"], manifest["icon_dark"]}
    for path in PROVIDERS.values():
        provider = read_declaration(path)
        for key in ("icon_small", "icon_small_dark", "icon_large", "icon_large_dark"):
            named.add(provider[key]["en_US"])
    files = {f"{name}{dark}.svg" for name in VIEW_BOXES for dark in ("", "_dark")}
    assert named == {path.name for path in ASSETS.glob("icon*")} == files


def test_an_icon_is_a_plain_drawing_of_its_shape() -> None:
    for path in ASSETS.glob("icon*"):
        root = ElementTree.parse(path).getroot()  # noqa: S314 (our own file)
        assert root.get("viewBox") == VIEW_BOXES[path.stem.removesuffix("_dark")], path
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= DRAWING, path
        values = [value for element in root.iter() for value in element.attrib.values()]
        assert not any("http" in value or "data:" in value for value in values), path


def test_the_dark_icon_differs_from_the_light_one() -> None:
    for name in VIEW_BOXES:
        light, dark = (ASSETS / f"{name}{mode}.svg" for mode in ("", "_dark"))
        assert light.read_bytes() != dark.read_bytes(), name
