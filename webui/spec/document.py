"""The document outside the program: dictionaries, YAML, JSON Schema."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal

import yaml
from pydantic import SecretStr

from webui.spec.model import VERSION, ClusterSpec, Part
from webui.spec.parsing import Parsed, join, parse
from webui.spec.problem import Problem, blocking
from webui.spec.secrets import MASK, reference
from webui.spec.values import shown

Secrets = Literal["plain", "reference", "masked"]


def dump(spec: ClusterSpec, *, secrets: Secrets = "plain") -> dict[str, Any]:
    """The spec as plain JSON data, without what is not given; `parse(dump(spec)).spec == spec`.

    `secrets`: "plain" writes their values (for `secrets.split`), "reference" writes `${env:ANCHORAGE_…}`, "masked"
    writes "(secret)".
    """
    return _dump(spec, "", secrets)


def to_yaml(spec: ClusterSpec, *, secrets: Secrets = "reference") -> str:
    """The spec as YAML for a file or a page: secrets become references unless the caller asks otherwise."""
    document = {"version": VERSION, **dump(spec, secrets=secrets)}
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))


def from_yaml(text: str) -> Parsed:
    """Read a spec from YAML (or JSON, which is YAML); what cannot be read becomes a Problem."""
    document, problems = load_yaml(text)
    parsed = parse(document)
    return Parsed(parsed.spec, problems + parsed.problems)


def load_yaml(text: str) -> tuple[dict[str, Any], list[Problem]]:
    """The document in a YAML text, every value as text or None.

    An empty document and a Problem where the text is no YAML.
    """
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - derived from SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return {}, [blocking("", f"This is not valid YAML{_place(error)}.", "Mend the line, then read it again.")]
    if document is None:
        return {}, []
    if not isinstance(document, dict):
        return {}, [
            blocking("", f"The document is {shown(document)}, but fields are expected.", "Begin with name: and mode:.")
        ]
    return document, []


def json_schema() -> dict[str, Any]:
    """JSON Schema of the document, for editors."""
    schema = ClusterSpec.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Anchorage cluster"}


class _Dumper(yaml.SafeDumper):
    """YAML that is read as it was written: Unicode's own line breaks are read as blanks unless they are escaped."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if set(value) & set("\x85\u2028\u2029") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style)


_Dumper.add_representer(str, _text)


class _Loader(yaml.SafeLoader):
    """YAML without guesses.

    `1.10`, `0310`, `on` and dates stay text (the fields know their kinds), and no key twice.
    """

    yaml_implicit_resolvers = {
        first: [
            (tag, pattern) for tag, pattern in resolvers if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        """As the safe loader does, but a repeated key is an error."""
        seen: set[str] = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else []:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    raise yaml.MarkedYAMLError(
                        None, None, f"the key {shown(key.value)} stands there twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _place(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return ": it is nested too deeply"
    if not isinstance(error, yaml.MarkedYAMLError):
        return ""
    mark = error.problem_mark or error.context_mark
    where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return f"{where}: {error.problem}" if error.problem else where


def _dump(part: Part, path: str, secrets: Secrets) -> dict[str, Any]:
    pairs = ((name, _plain(getattr(part, name), join(path, name), secrets)) for name in type(part).model_fields)
    return {name: value for name, value in pairs if value not in (None, {}, [])}


def _plain(value: Any, path: str, secrets: Secrets) -> Any:
    if isinstance(value, Part):
        return _dump(value, path, secrets)
    if isinstance(value, tuple):
        return [_plain(item, join(path, n), secrets) for n, item in enumerate(value)]
    if isinstance(value, SecretStr):
        return _secret(value.get_secret_value(), path, secrets)
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _secret(value: str, path: str, secrets: Secrets) -> str:
    return {"plain": value, "reference": reference(path), "masked": MASK}[secrets]
