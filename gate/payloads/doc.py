"""The AsyncAPI 3 document of the whole contract, made from the payload models and the topics.

    python -m gate.payloads.doc > docs/asyncapi.json

Seen from the gate: it sends what it says and receives what it listens to. Descriptions are the
docstrings of models and fields.
"""

import ast
import inspect
import json
import sys
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any, Literal

from gate.payloads.base import Payload
from gate.payloads.central import Ack, Ans, CentralState, Cfg, Cmd, Keys, Occ, Quota
from gate.payloads.examples import EXAMPLES
from gate.payloads.gate import Ask, Ctr, Evt, Meta, Res, Status
from gate.topics import topics

BINDING = "0.2.0"
"""Version of AsyncAPI's bindings for MQTT."""

PARAMETERS = {
    "root": "First word of every topic, `aman` unless the broker is shared.",
    "district": "Id of the district, `[a-z0-9-]`.",
    "venue": "Id of the venue, `[a-z0-9-]{1,16}`.",
    "gate": "Id of the gate, `[a-z0-9-]`, unique over the whole broker.",
}


@dataclass(frozen=True, slots=True)
class Word:
    """One topic: what is on it, and who says it."""

    topic: str
    """A field of `gate.topics.Topics` or of its `venue`."""
    model: type[Payload]
    action: Literal["send", "receive"]
    retain: bool
    qos: int = 1


WORDS = (
    Word("meta", Meta, "send", retain=True),
    Word("status", Status, "send", retain=True),
    Word("ctr", Ctr, "send", retain=True),
    Word("evt", Evt, "send", retain=False),
    Word("ask", Ask, "send", retain=False),
    Word("res", Res, "send", retain=False),
    Word("ack", Ack, "receive", retain=True),
    Word("quota", Quota, "receive", retain=True),
    Word("ans", Ans, "receive", retain=False),
    Word("cmd", Cmd, "receive", retain=False),
    Word("cfg", Cfg, "receive", retain=True),
    Word("keys", Keys, "receive", retain=True),
    Word("occ", Occ, "receive", retain=True, qos=0),
    Word("central", CentralState, "receive", retain=True),
)


def document() -> dict[str, Any]:
    """The document as JSON values."""
    addresses = _addresses()
    schemas: dict[str, Any] = {}
    messages = {word.topic: _message(word.model, schemas) for word in WORDS}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Aman gate",
            "version": "1.0.0",
            "description": "What a gate says and hears on MQTT. docs/mqtt.md explains it.",
        },
        "defaultContentType": "application/json",
        "channels": {word.topic: _channel(word, addresses[word.topic]) for word in WORDS},
        "operations": {word.topic: _operation(word) for word in WORDS},
        "components": {
            "messages": messages,
            "schemas": dict(sorted(schemas.items())),
            "parameters": {name: {"description": text} for name, text in PARAMETERS.items()},
        },
    }


def _addresses() -> dict[str, str]:
    named = topics(**{name: f"{{{name}}}" for name in PARAMETERS})
    return {**asdict(named), **asdict(named.venue)}


def _channel(word: Word, address: str) -> dict[str, Any]:
    return {
        "address": address,
        "description": inspect.getdoc(word.model),
        "messages": {word.topic: {"$ref": f"#/components/messages/{word.topic}"}},
        "parameters": {
            name: {"$ref": f"#/components/parameters/{name}"}
            for name in PARAMETERS
            if f"{{{name}}}" in address
        },
    }


def _operation(word: Word) -> dict[str, Any]:
    return {
        "action": word.action,
        "channel": {"$ref": f"#/channels/{word.topic}"},
        "summary": (inspect.getdoc(word.model) or "").split("\n")[0],
        "messages": [{"$ref": f"#/channels/{word.topic}/messages/{word.topic}"}],
        "bindings": {"mqtt": {"qos": word.qos, "retain": word.retain, "bindingVersion": BINDING}},
    }


def _message(model: type[Payload], schemas: dict[str, Any]) -> dict[str, Any]:
    """The message; its schema and the schemas of its parts go into `schemas`."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = {model.__name__: schema, **schema.pop("$defs", {})}
    for name, part in parts.items():
        schemas[name] = _described(part, model.__module__, name)
    return {
        "name": model.__name__,
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        "examples": [{"payload": json.loads(EXAMPLES[model].encode())}],
    }


def _described(schema: dict[str, Any], module: str, name: str) -> dict[str, Any]:
    """The schema with the docstrings of its fields."""
    for field, text in _docstrings(module).get(name, {}).items():
        model = getattr(import_module(module), name)
        alias = model.model_fields[field].alias or field
        schema["properties"][alias]["description"] = text
    if "s" in schema.get("properties", {}):
        schema["required"] = ["s", *schema.get("required", [])]
    return schema


def _docstrings(module: str) -> dict[str, dict[str, str]]:
    """The strings below the fields of each class of a module."""
    tree = ast.parse(inspect.getsource(import_module(module)))
    found: dict[str, dict[str, str]] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            texts = found.setdefault(node.name, {})
            for field, below in zip(node.body, node.body[1:], strict=False):
                match field, below:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str(text))),
                    ):
                        texts[name] = inspect.cleandoc(text)
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")
