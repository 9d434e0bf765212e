"""YAML and front matter. Anchors are refused: they would multiply what a file holds."""

import re
from typing import Any, Final

import yaml

from app.services.formats.report import FormatError, Place

_FRONT = re.compile(
    r"\A---[ \t]*\r?\n(.*?)(?:^|(?<=\n))---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_MAX_DEPTH: Final = 30


class _Loader(yaml.SafeLoader):
    """The safe loader without anchors, and with dates as they are written."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        mark = self.get_mark()
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="it has an alias", problem_mark=mark)
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="it is too deep", problem_mark=mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Dumper(yaml.SafeDumper):
    """The safe dumper, with texts of several lines as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text and "\r" not in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def read_yaml(text: str, place: Place) -> dict[str, Any]:
    """A mapping; empty for an empty text.

    Raises:
        FormatError: `invalid_file` with the line.
    """
    try:
        value = yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = (place.line or 1) + (0 if mark is None else mark.line)
        raise FormatError(
            "invalid_file", f"{place.file} is no valid YAML: {error.problem}.", place.at(line)
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise FormatError("invalid_file", f"{place.file} is no valid YAML.", place) from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FormatError("invalid_file", f"{place.file} is no mapping.", place)
    return {str(key): item for key, item in value.items()}


def write_yaml(value: dict[str, Any]) -> str:
    """A mapping as YAML, in its order."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


def split_front(text: str, path: str) -> tuple[dict[str, Any], str, int]:
    """Front matter, the text behind it as it is, and the line where that begins.

    Raises:
        FormatError: `invalid_file`, the front matter is no YAML.
    """
    found = _FRONT.match(text)
    if found is None:
        return {}, text, 1
    front = read_yaml(found[1], Place(path, 2))
    return front, text[found.end() :], found[0].count("\n") + 1
