"""openapi.yaml as the contract tests use it: references followed, schemas compiled once."""

import functools
import pathlib
import re

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
METHODS = ("get", "put", "post", "delete", "patch")
PROBLEM = "application/problem+json"
ANNOTATIONS = {"$ref", "title", "description", "default", "examples"}
NAME = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class Fault(Exception):
    """Something is not as it has to be; the text says what."""


def is_number(value):
    return type(value) in (int, float)  # a bool is an int for isinstance()


def items(validator, schema, instance, parent):
    """`items` as JSON Schema has it, but quick for arrays of numbers, which are long."""
    if schema == {"type": "number"} and isinstance(instance, list):
        if all(map(is_number, instance)):
            return
    yield from jsonschema.Draft202012Validator.VALIDATORS["items"](
        validator, schema, instance, parent
    )


Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"items": items})


class Document:
    def __init__(self, path=ROOT / "openapi.yaml"):
        with open(path, encoding="utf-8") as file:
            # CSafeLoader takes 0.2 s for what SafeLoader takes 1.5 s.
            self.root = yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.problems = {row["slug"]: row for row in self.root["x-problems"]}
        self.validators = {}

    @functools.cache
    def target(self, reference):
        """What "#/components/…" points at."""
        node = self.root
        for step in reference.removeprefix("#/").split("/"):
            node = node[step.replace("~1", "/").replace("~0", "~")]
        return node

    def follow(self, node):
        """The object itself, or the one that it refers to."""
        return self.target(node["$ref"]) if "$ref" in node else node

    def inline(self, schema):
        """A schema with its references replaced and its annotations left out, so that validation
        looks nothing up. What stands beside a reference holds as well."""
        if not isinstance(schema, dict):
            return schema
        beside = {
            keyword: self.inline_keyword(keyword, value)
            for keyword, value in schema.items()
            if keyword not in ANNOTATIONS
        }
        if "$ref" not in schema:
            return beside
        inlined = self.inline_target(schema["$ref"])
        return {"allOf": [inlined], **beside} if beside else inlined

    def inline_keyword(self, keyword, value):
        if keyword == "properties":
            return {name: self.inline(schema) for name, schema in value.items()}
        if keyword in ("allOf", "anyOf", "oneOf"):
            return [self.inline(schema) for schema in value]
        return self.inline(value) if keyword not in ("const", "dependentRequired") else value

    @functools.cache
    def inline_target(self, reference):
        return self.inline(self.target(reference))

    def validate(self, schema, instance):
        """Raises a Fault that says where `instance` does not fit."""
        validator = self.validators.get(id(schema))  # schemas live as long as the document
        if not validator:
            validator = self.validators[id(schema)] = Validator(self.inline(schema))
        error = jsonschema.exceptions.best_match(validator.iter_errors(instance))
        if error:
            pointer = "".join(f"/{step}" for step in error.absolute_path)
            raise Fault(f"{pointer or 'the whole'}: {error.message[:200]}")

    def operations(self):
        for path, item in self.root["paths"].items():
            for method in METHODS:
                if method in item:
                    yield Operation(self, path, method, item)


class Operation:
    def __init__(self, document, path, method, item):
        self.path = path
        self.method = method.upper()
        self.node = item[method]
        self.id = self.node["operationId"]
        self.parameters = [
            document.follow(parameter)
            for parameter in item.get("parameters", []) + self.node.get("parameters", [])
        ]
        self.request_body = document.follow(self.node.get("requestBody", {}))
        self.responses = {
            int(status): document.follow(response)
            for status, response in self.node["responses"].items()
        }
        self.placeholders = re.findall(r"{(\w+)}", path)
        placeholder = re.compile(r"\\{\w+\\}")
        self.pattern = re.compile(placeholder.sub("([^/]+)", re.escape(path)))

    def matches(self, path):
        """Whether a decoded path without its query is this one, with names that can be names."""
        found = self.pattern.fullmatch(path)
        return found and all(map(NAME.fullmatch, found.groups()))

    def successes(self):
        return [status for status in self.responses if 200 <= status < 300]

    def problem_slugs(self, status):
        """The kinds of problem that this status can be here: the names of its examples."""
        content = self.responses[status].get("content", {})
        return set(content.get(PROBLEM, {}).get("examples", {}))
