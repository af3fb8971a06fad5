"""Read a YAML file as every reader of a host must be able to: one document, no key twice.

The SDK reads YAML 1.1 with PyYAML, the daemon YAML 1.2 with Go's yaml.v3, which refuses repeated
keys and excessive aliases. Nothing here raises: what cannot be read is a problem.
"""

import math
from collections.abc import Iterator

import yaml
from yaml.constructor import SafeConstructor

from tools.package.check.fields import Field
from tools.package.check.package import Package
from tools.package.check.values import Json, LooseBoolean, shown

_DEEPEST = 64
_MOST_NODES = 100_000
_SPELLINGS = ("true", "True", "TRUE", "false", "False", "FALSE")
# A value that its explicit tag does not fit makes PyYAML fail in any of these ways.
_CONSTRUCTION_ERRORS = (
    yaml.YAMLError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RecursionError,
)
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class _Constructor(SafeConstructor):
    """PyYAML's safe values, with the booleans that only YAML 1.1 knows kept apart."""

    def construct_loose_boolean(self, node: yaml.ScalarNode) -> bool | LooseBoolean:
        """Return true or false, or the word that a YAML 1.2 reader takes for a string."""
        value: bool = self.construct_yaml_bool(node)
        return value if node.value in _SPELLINGS else LooseBoolean(node.value)

    yaml_constructors = SafeConstructor.yaml_constructors | {
        "tag:yaml.org,2002:bool": construct_loose_boolean
    }


def read_yaml(package: Package, name: str) -> Field:
    """Read one file of a package; a file that cannot be read gives an absent value."""
    empty = Field(name, "", None, package.report).absent()
    text = package.declaration(name)
    if text is None:
        return empty
    try:
        if _depth(text) > _DEEPEST:
            empty.problem(f"is nested more than {_DEEPEST} levels deep", "flatten it")
            return empty
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        empty.problem(f"is no YAML that can be read: {_reason(error)}", "write valid YAML")
        return empty
    if node is None:
        empty.problem("is empty", "write the declaration")
        return empty
    return _construct(node, empty)


def _construct(node: yaml.Node, empty: Field) -> Field:
    if _written_out(node) > _MOST_NODES:
        empty.problem(f"its aliases make more than {_MOST_NODES} values", "write the values out")
        return empty
    if _repeats_a_key(node, empty):
        return empty
    try:
        value = _Constructor().construct_document(node)
    except _CONSTRUCTION_ERRORS as error:
        empty.problem(f"holds a value that cannot be read: {_reason(error)}", "write plain values")
        return empty
    if isinstance(value, dict) and not all(isinstance(key, str) for key in value):
        key = next(key for key in value if not isinstance(key, str))
        empty.problem(f"has the key {shown(key)}, which is no string", "put the key in quotes")
        return empty
    return Field(empty.file, "", value, empty.report) if value is not None else empty


def _depth(text: str) -> int:
    """Measure how deep a document is nested, without recursion."""
    deepest = level = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            level += 1
            deepest = max(deepest, level)
        elif isinstance(event, yaml.CollectionEndEvent):
            level -= 1
        if deepest > _DEEPEST:
            break
    return deepest


def _written_out(root: yaml.Node) -> float:
    """Count the values with every alias written out; infinite if one contains itself."""
    sizes: dict[int, int] = {}
    under_way: set[int] = set()
    pending = [(root, False)]
    while pending:
        node, counted = pending.pop()
        children = list(_children(node))
        if counted:
            under_way.discard(id(node))
            sizes[id(node)] = 1 + sum(sizes[id(child)] for child in children)
        elif id(node) in under_way:
            return math.inf
        elif id(node) not in sizes:
            under_way.add(id(node))
            pending.append((node, True))
            pending.extend((child, False) for child in children)
    # Doubling aliases make integers that no float can hold.
    return min(sizes[id(root)], _MOST_NODES + 1)


def _repeats_a_key(root: yaml.Node, empty: Field) -> bool:
    seen = {id(root)}
    pending = [root]
    repeated = False
    while pending:
        node = pending.pop()
        keys: set[str] = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode) and key.value in keys:
                rule = f"key {shown(key.value)} is written twice (line {key.start_mark.line + 1})"
                empty.problem(rule, "keep one of them")
                repeated = True
            elif isinstance(key, yaml.ScalarNode):
                keys.add(key.value)
        for child in _children(node):
            if id(child) not in seen:
                seen.add(id(child))
                pending.append(child)
    return repeated


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value


def _reason(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}: " if mark else ""
    what: Json = getattr(error, "problem", None) or error
    return f"{where}{str(what).splitlines()[0] if str(what) else type(error).__name__}"[:200]
