"""openapi.yaml alone: is it OpenAPI 3.1, does everything in it exist, are its examples right?"""

import collections
import re

import jsonschema
import yaml

from document import PROBLEM, ROOT, Document, Fault
from exchange import number_text
from tap import Tap

DOUBLE = re.compile(r"-?[0-9]+(\.[0-9]+([eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)")

# The objects of OpenAPI 3.1 as far as we use them: what each must and what it may have. Each
# member that holds further objects names their kind; [kind] is a list, {kind} a map of them.
OBJECTS = {
    "root": (
        {"openapi": None, "info": "info", "paths": {"path"}},
        {
            "servers": ["server"],
            "security": None,
            "tags": ["tag"],
            "components": "components",
            "x-problems": None,
        },
    ),
    "info": (
        {"title": None, "version": None},
        {"summary": None, "description": None, "license": None},
    ),
    "server": ({"url": None}, {"description": None}),
    "tag": ({"name": None}, {"description": None}),
    "components": (
        {},
        {
            "schemas": {"schema"},
            "responses": {"response"},
            "parameters": {"parameter"},
            "headers": {"header"},
            "examples": {"example"},
        },
    ),
    "path": (
        {},
        {
            "parameters": ["parameter"],
            "get": "operation",
            "put": "operation",
            "post": "operation",
            "delete": "operation",
            "patch": "operation",
        },
    ),
    "operation": (
        {"operationId": None, "summary": None, "tags": None, "responses": {"response"}},
        {"description": None, "parameters": ["parameter"], "requestBody": "body"},
    ),
    "parameter": (
        {"name": None, "in": None, "schema": "schema", "description": None},
        {"required": None, "example": None},
    ),
    "header": (
        {"schema": "schema", "description": None},
        {"required": None, "example": None},
    ),
    "body": ({"content": {"media"}, "required": None}, {"description": None}),
    "response": ({"description": None}, {"headers": {"header"}, "content": {"media"}}),
    "media": ({"schema": "schema"}, {"examples": {"example"}}),
    "example": ({"value": None}, {"summary": None, "description": None}),
}
REFERABLE = {"parameter", "header", "response", "example"}

# The keywords of JSON Schema that we use (a misspelt one would check nothing), and whether they
# hold schemas.
KEYWORDS = {
    "properties": "map",
    "allOf": "list",
    "anyOf": "list",
    "oneOf": "list",
    "items": "schema",
    "additionalProperties": "schema",
    "unevaluatedProperties": "schema",
    "not": "schema",
    **dict.fromkeys(
        "$ref title description default examples type enum const pattern minLength"
        " maxLength minimum maximum exclusiveMinimum exclusiveMaximum minItems maxItems"
        " uniqueItems required dependentRequired".split()
    ),
}


class Survey:
    """Walks the document once; collects its faults and, by kind, the objects in it."""

    def __init__(self, document):
        self.document = document
        self.faults = []
        self.found = collections.defaultdict(list)  # kind -> [(pointer, object)]
        self.references = collections.Counter()
        self.visit("root", document.root, "#")

    def refer(self, node, pointer):
        self.references[node["$ref"]] += 1
        try:
            self.document.target(node["$ref"])
        except (KeyError, TypeError):
            self.faults.append(f"{pointer}: {node['$ref']} is not there")

    def visit(self, kind, node, pointer):
        if kind == "schema":
            self.visit_schema(node, pointer)
        elif kind in REFERABLE and "$ref" in node:
            self.refer(node, pointer)
        else:
            self.found[kind].append((pointer, node))
            self.visit_members(kind, node, pointer)

    def visit_members(self, kind, node, pointer):
        required, optional = OBJECTS[kind]
        for name in required.keys() - node.keys():
            self.faults.append(f"{pointer}: no {name}")
        for name, value in node.items():
            below = f"{pointer}/{name.replace('/', '~1')}"
            if name not in required and name not in optional:
                self.faults.append(f"{below}: not a field of {kind}")
                continue
            member = {**required, **optional}[name]
            if isinstance(member, list):
                for i, entry in enumerate(value):
                    self.visit(member[0], entry, f"{below}/{i}")
            elif isinstance(member, set):
                for key, entry in value.items():
                    self.visit(*member, entry, f"{below}/{key.replace('/', '~1')}")
            elif member:
                self.visit(member, value, below)

    def visit_schema(self, node, pointer):
        """A schema, and those within it."""
        self.found["schema"].append((pointer, node))
        if "$ref" in node:
            self.refer(node, pointer)
        for keyword, value in node.items():
            below = f"{pointer}/{keyword}"
            if keyword not in KEYWORDS:
                self.faults.append(f"{below}: not a keyword")
            elif KEYWORDS[keyword] == "map":
                for name, entry in value.items():
                    self.visit_schema(entry, f"{below}/{name}")
            elif KEYWORDS[keyword] == "list":
                for i, entry in enumerate(value):
                    self.visit_schema(entry, f"{below}/{i}")
            elif KEYWORDS[keyword] == "schema" and isinstance(value, dict):
                self.visit_schema(value, below)


def plain_yaml_faults():
    """No anchors and no tags: what is there can be read without knowing YAML's corners."""
    faults = []
    with open(ROOT / "openapi.yaml", encoding="utf-8") as file:
        for event in yaml.parse(file, yaml.SafeLoader):
            if getattr(event, "anchor", None) or getattr(event, "tag", None):
                faults.append(f"line {event.start_mark.line + 1}: an anchor, alias or tag")
    return faults


def number_faults():
    """Doubles are spelt as the daemon spells them, but that 1e-8 is 1.0e-8 here: without a point
    PyYAML, and whoever reads YAML 1.1, takes it for a string."""
    faults = []
    with open(ROOT / "openapi.yaml", encoding="utf-8") as file:
        for event in yaml.parse(file, yaml.SafeLoader):
            if not isinstance(event, yaml.ScalarEvent) or event.style is not None:
                continue
            if not DOUBLE.fullmatch(event.value):
                continue
            spelt = re.sub(r"^(-?[0-9]+)e", r"\1.0e", number_text(event.value))
            if event.value != spelt:
                faults.append(f"line {event.start_mark.line + 1}: {event.value}")
    return faults


def version_faults(document):
    version = (ROOT / "VERSION").read_text(encoding="utf-8").strip()
    faults = []
    if not re.fullmatch(r"3\.1\.\d+", document.root["openapi"]):
        faults.append(f"openapi is {document.root['openapi']}")
    if document.root["info"]["version"] != version:
        faults.append(f"info.version is {document.root['info']['version']}, VERSION {version}")
    return faults


def operation_faults(document):
    faults = []
    tags = {tag["name"] for tag in document.root["tags"]}
    ids = collections.Counter(operation.id for operation in document.operations())
    faults += [f"{name}: {count} operations of this id" for name, count in ids.items() if count > 1]
    for operation in document.operations():
        in_path = [p["name"] for p in operation.parameters if p["in"] == "path"]
        if sorted(in_path) != sorted(operation.placeholders):
            faults.append(f"{operation.id}: declares {in_path}, has {operation.placeholders}")
        faults += [
            f"{operation.id}: {p['name']} is not marked as required"
            for p in operation.parameters
            if p["in"] == "path" and not p.get("required")
        ]
        faults += [f"{operation.id}: no tag {tag}" for tag in set(operation.node["tags"]) - tags]
        statuses = list(operation.responses)
        if statuses != sorted(statuses):
            faults.append(f"{operation.id}: statuses are not in order")
    return faults


def unused_faults(document, survey):
    """Components that nothing refers to."""
    return [
        f"#/components/{kind}/{name}"
        for kind, group in document.root["components"].items()
        for name in group
        if not survey.references[f"#/components/{kind}/{name}"]
        and name != "MethodNotAllowed"  # of no operation: the answer where there is none
    ]


def schema_faults(survey):
    faults = []
    for pointer, schema in survey.found["schema"]:
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.exceptions.SchemaError as error:
            faults.append(f"{pointer}: {error.message}")
    return faults


def open_schema_faults(survey):
    """Objects that take fields that they do not name. …Fields are parts of closed ones."""
    return [
        pointer
        for pointer, node in survey.found["schema"]
        if "properties" in node
        and "additionalProperties" not in node
        and "unevaluatedProperties" not in node
        and not pointer.endswith("Fields")
    ]


def example_faults(document, survey):
    """Every example, and every default, against its schema."""
    faults = []

    def validate(schema, value, pointer):
        try:
            document.validate(schema, value)
        except Fault as fault:
            faults.append(f"{pointer}: {fault}")

    for pointer, media in survey.found["media"]:
        for name, example in media.get("examples", {}).items():
            validate(media["schema"], document.follow(example)["value"], f"{pointer}/{name}")
    for kind in ("parameter", "header"):
        for pointer, node in survey.found[kind]:
            if "example" in node:
                validate(node["schema"], node["example"], pointer)

    for pointer, schema in survey.found["schema"]:
        for value in schema.get("examples", []):
            validate(schema, value, f"{pointer}/examples")
        if "default" in schema:
            validate(schema, schema["default"], f"{pointer}/default")
    return faults


def undescribed_faults(document, survey):
    """Fields that neither they themselves nor what they refer to describes."""
    return [
        pointer
        for pointer, node in survey.found["schema"]
        if pointer.split("/")[-2] == "properties"
        and "description" not in node
        and not ("$ref" in node and "description" in document.follow(node))
    ]


def missing_example_faults(survey):
    return [
        pointer
        for pointer, media in survey.found["media"]
        if not media.get("examples")
        and "json" in pointer.rsplit("/", 1)[-1].replace("ndjson", "")
        and "/paths/~1openapi.json/" not in pointer
    ]


def problem_faults(document):
    """Each kind has one example, named by its slug, that agrees with x-problems; each answer that
    is a problem lists examples of its own status only; every kind is some answer's."""
    faults = []
    shown = set()
    for slug, row in document.problems.items():
        value = document.root["components"]["examples"].get(slug, {}).get("value", {})
        expected = {"type": f"/problems/{slug}", "status": row["status"], "title": row["title"]}
        if {key: value.get(key) for key in expected} != expected:
            faults.append(f"the example {slug} does not agree with x-problems")

    def judge(where, status, response):
        media = response.get("content", {}).get(PROBLEM, {})
        for slug, example in media.get("examples", {}).items():
            shown.add(slug)
            if example != {"$ref": f"#/components/examples/{slug}"}:
                faults.append(f"{where} {status}: {slug} is not the example of that name")
            elif document.problems.get(slug, {}).get("status") != status:
                faults.append(f"{where} {status}: {slug} has another status")

    for operation in document.operations():
        for status, response in operation.responses.items():
            judge(operation.id, status, response)
    judge("MethodNotAllowed", 405, document.root["components"]["responses"]["MethodNotAllowed"])
    faults += [f"{slug} is nobody's answer" for slug in document.problems.keys() - shown]
    return faults


def main():
    document = Document()
    survey = Survey(document)
    tap = Tap()
    tap.check("plain YAML", plain_yaml_faults())
    tap.check("numbers are spelt as in answers", number_faults())
    tap.check("versions", version_faults(document))
    tap.check("the objects of OpenAPI 3.1, and every reference", survey.faults)
    tap.check("operations have ids, tags, and their path's parameters", operation_faults(document))
    tap.check("every component is used", unused_faults(document, survey))
    tap.check("every schema is one (JSON Schema 2020-12)", schema_faults(survey))
    tap.check("every schema of an object is closed", open_schema_faults(survey))
    tap.check("every field is described", undescribed_faults(document, survey))
    tap.check("every example and default fits its schema", example_faults(document, survey))
    tap.check("every body has an example", missing_example_faults(survey))
    tap.check("problems agree with x-problems", problem_faults(document))
    tap.done()


main()
