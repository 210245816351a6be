"""Says what a declared rule asks for in words for a person, where protovalidate would show the rule itself.

A pattern is code: a caller is told the form that it stands for. What is stable lives in reasons.py.
"""

from __future__ import annotations

import re
from typing import Final

# What stands for an identifier in the contract's patterns.
_IDENTIFIER: Final = "[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?"
_SEGMENTS: Final = (_IDENTIFIER, "[a-z0-9_-]{1,63}", "[1-9][0-9]{0,17}", "([0-9]{1,18}|latest)")

_AN_IDENTIFIER: Final = "must be 1 to 63 of a-z, 0-9, '-' and '_', with a letter or digit at both ends"
_SECRET: Final = "whsec_[A-Za-z0-9+/]{32,86}={0,2}"  # noqa: S105 - a pattern
_A_LANGUAGE: Final = 'must be a language tag, such as "en" or "pt-BR"'
_AN_EVENT_TYPE: Final = 'must be a type of event, such as "visit.moved", or have a star behind the dot'
_A_RESOURCE: Final = 'must be the name of a resource, such as "regions/a/visits/b"'
_SECRETS: Final = 'must be one or two keys, a space between, each "whsec_" and 24 to 64 bytes in base64'

# Pattern without anchors -> the sentence.
_SENTENCES: Final[dict[str, str]] = {
    _IDENTIFIER: _AN_IDENTIFIER,
    f"(-|{_IDENTIFIER})": f"{_AN_IDENTIFIER}, or '-' alone for own staff",
    "[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*": _A_LANGUAGE,
    "[a-z_]{1,30}[.]([*]|[a-z_]{1,30})": _AN_EVENT_TYPE,
    "regions/[a-z0-9_-]{1,63}/[a-z]{1,40}/[a-z0-9_-]{1,63}": _A_RESOURCE,
    f"{_SECRET}( {_SECRET})?": _SECRETS,
}

# Identifier of a rule -> the sentence.
_OF_RULES: Final[dict[str, str]] = {
    "required": "must be given",
    "enum.not_in": "must be given; UNSPECIFIED is not a choice here",
    "enum.defined_only": "must be one of the values that the contract names",
    "message.oneof": "one of its fields must be given",
}

# Collection -> what an identifier in it is called.
_SINGULARS: Final[dict[str, str]] = {
    "auditCheckpoints": "size",
    "auditRecords": "sequence",
    "batches": "batch",
}

_OPTIONAL: Final = re.compile(r"\((?P<inner>.*)\)\?")


def of_rule(rule_id: str, text: str, pattern: str) -> str:
    """Returns the sentence of a violation, to be read after the path of its field.

    Args:
        rule_id: Identifier of the rule, such as "string.pattern".
        text: What protovalidate says.
        pattern: The pattern that was not matched, empty when the rule is another one.
    """
    if pattern:
        return of_pattern(pattern)
    return _OF_RULES.get(rule_id) or text.replace("greater than or equal to", "at least").replace(
        "less than or equal to", "at most"
    )


def of_pattern(pattern: str) -> str:
    """Says what a text of this pattern looks like."""
    bare = pattern.removeprefix("^").removesuffix("$")
    optional = None if bare in _SENTENCES else _OPTIONAL.fullmatch(bare)
    inner = optional["inner"] if optional else bare
    tail = ", or empty" if optional else ""
    if inner in _SENTENCES:
        return _SENTENCES[inner] + tail
    if inner.startswith("regions/"):
        return f'must have the form "{_name_form(inner)}"{tail}'
    return f"must match {pattern}"


def _name_form(pattern: str) -> str:
    """Writes the pattern of a resource name as "regions/{region}/visits/{visit}"."""
    for segment in _SEGMENTS:
        pattern = pattern.replace(segment, "*")
    parts = pattern.split("/")
    for index, part in enumerate(parts):
        if part == "*":
            collection = parts[index - 1]
            parts[index] = "{" + _SINGULARS.get(collection, collection.removesuffix("s")) + "}"
    return "/".join(parts)
