"""The daemon's real answers against openapi.yaml: every exchange that the tests over HTTP wrote
down, in the folder that is the argument or that BACKPROPD_TEST_RECORD names.

Of each exchange the operation is found; its status must be one of the operation's, its body and
headers must fit. A request that was answered with success must fit as well: what the document
refuses, the daemon must refuse. Every success of every operation must have been seen.
"""

import collections
import json
import os
import pathlib
import sys

from document import PROBLEM, Document, Fault
from exchange import Exchange, media_type, parse_answer, parse_request, query_value
from tap import Tap

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
KNOWN_METHODS = METHODS | {"CONNECT", "TRACE"}
# What can be answered whatever the operation is; where it is built, it lists them.
ANY_TIME = {400, 403, 413, 421, 500, 503, 505}
# What libmicrohttpd answers itself, as a page of HTML (openapi.yaml, info.description).
OF_THE_LIBRARY = {400, 413, 414, 431, 500, 505}
# Media types under which JSON is taken, besides its own: none, and that of a plain `curl -d`.
TAKEN_AS_JSON = {"", "application/x-www-form-urlencoded"}


def is_json(media):
    return media == "application/json" or media.endswith("+json")


class Contract:
    def __init__(self, document):
        self.document = document
        # Paths without placeholders come first: /v1/networks/import is no network's name.
        self.operations = sorted(document.operations(), key=lambda o: len(o.placeholders))

    def find(self, exchange):
        """The exchange's operation or None, and the methods that its path has."""
        method = "GET" if exchange.method == "HEAD" else exchange.method
        matching = [o for o in self.operations if o.matches(exchange.path)]
        found = next((o for o in matching if o.method == method), None)
        methods = {o.method for o in matching} if exchange.path != "*" else METHODS
        return found, methods

    def judge(self, exchange, operation, methods):
        """Raises a Fault when the exchange is not as the document says."""
        if self.is_of_the_library(exchange):
            return
        self.judge_general_headers(exchange)
        if operation:
            self.judge_answer(exchange, operation)
            if exchange.succeeded():
                self.judge_request(exchange, operation)
        elif methods and exchange.method == "OPTIONS" and exchange.succeeded():
            self.judge_allow(exchange, methods)
            expect_empty(exchange)
        else:
            self.judge_unrouted(exchange, methods)

    def is_of_the_library(self, exchange):
        return exchange.status in OF_THE_LIBRARY and "x-request-id" not in exchange.headers

    def judge_general_headers(self, exchange):
        if "x-request-id" not in exchange.headers:
            raise Fault("no X-Request-Id")
        if exchange.headers.get("cache-control") != "no-store":
            raise Fault("no Cache-Control: no-store")

    def judge_unrouted(self, exchange, methods):
        expected = 405 if methods or exchange.method == "CONNECT" else 404
        if exchange.method not in KNOWN_METHODS:
            expected = 501
        if exchange.status not in ANY_TIME | {expected}:
            raise Fault(f"of no operation: expected {expected}")
        if exchange.status == 405:
            self.judge_allow(exchange, methods or METHODS)
        self.judge_problem(exchange, None)

    def judge_allow(self, exchange, methods):
        """Allow names the methods that the document has for the path."""
        allowed = set(exchange.headers.get("allow", "").replace(" ", "").split(","))
        expected = methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
        if allowed != expected:
            raise Fault(f"Allow has {sorted(allowed)}, the document {sorted(expected)}")

    def judge_answer(self, exchange, operation):
        response = operation.responses.get(exchange.status)
        if not response and not operation.successes() and exchange.status in ANY_TIME:
            self.judge_problem(exchange, None)
            return
        if not response:
            raise Fault("the operation does not list this status")
        self.judge_headers(exchange, response)
        content = response.get("content")
        if exchange.method == "HEAD" or not content:
            expect_empty(exchange)
            return
        given = media_type(exchange.headers.get("content-type", ""))
        if given not in content:
            raise Fault(f"Content-Type is {given or 'missing'}, not {' or '.join(content)}")
        if given == PROBLEM:
            self.judge_problem(exchange, operation)
        else:
            body = parse_answer(exchange.body) if is_json(given) else exchange.body
            self.document.validate(content[given]["schema"], body)

    def judge_headers(self, exchange, response):
        for name, header in response.get("headers", {}).items():
            header = self.document.follow(header)
            value = exchange.headers.get(name.lower())
            if value is not None:
                self.document.validate(header["schema"], value)
            elif header.get("required"):
                raise Fault(f"no {name}")

    def judge_problem(self, exchange, operation):
        """A problem agrees with the table of problems, with its answer, and with its operation."""
        if exchange.method == "HEAD":
            expect_empty(exchange)
            return
        if media_type(exchange.headers.get("content-type", "")) != PROBLEM:
            raise Fault(f"Content-Type is not {PROBLEM}")
        body = parse_answer(exchange.body)
        self.document.validate(self.document.root["components"]["schemas"]["Problem"], body)
        slug = body["type"].removeprefix("/problems/")
        row = self.document.problems.get(slug)
        if not row or (row["status"], row["title"]) != (exchange.status, body["title"]):
            raise Fault(f"{slug}, {body['title']} is not so in x-problems")
        if body["status"] != exchange.status:
            raise Fault(f"the problem's status is {body['status']}")
        if body["request_id"] != exchange.headers["x-request-id"]:
            raise Fault("the problem's request_id is not X-Request-Id")
        if operation and slug not in operation.problem_slugs(exchange.status):
            raise Fault(f"the operation does not list {slug}")

    def judge_request(self, exchange, operation):
        """What was answered with success must be allowed."""
        declared = {p["name"]: p for p in operation.parameters if p["in"] == "query"}
        for name, value in exchange.query:
            if name not in declared:
                raise Fault(f"success with an unknown query parameter {name}")
            schema = declared[name]["schema"]
            self.validate_request(schema, query_value(schema, value), f"?{name}")
        content = operation.request_body.get("content")
        if not content:
            return
        given = media_type(exchange.request_headers.get("content-type", ""))
        given = "application/json" if given in TAKEN_AS_JSON else given
        if given not in content:
            raise Fault(f"success with a body of {given}")
        if exchange.request_body or operation.request_body["required"]:
            body = exchange.request_body
            if given.endswith("json"):
                body = parse_request(body)
            self.validate_request(content[given]["schema"], body, "the body")

    def validate_request(self, schema, value, what):
        try:
            self.document.validate(schema, value)
        except Fault as fault:
            raise Fault(f"success, but {what} does not fit at {fault}") from fault


def expect_empty(exchange):
    if exchange.body:
        raise Fault("a body where none belongs")


def read_exchanges(folder):
    for file in sorted(pathlib.Path(folder).glob("*.jsonl")):
        with open(file, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                yield Exchange(json.loads(line), f"{file.name}:{number}")


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ["BACKPROPD_TEST_RECORD"]
    document = Document()
    contract = Contract(document)
    counts = collections.Counter()  # operation id, or None for what is of no operation
    seen = collections.defaultdict(set)
    faults = collections.defaultdict(list)
    for exchange in read_exchanges(folder):
        operation, methods = contract.find(exchange)
        key = operation.id if operation else None
        counts[key] += 1
        try:
            contract.judge(exchange, operation, methods)
            seen[key].add(exchange.status)
        except Fault as fault:
            faults[key].append(f"{exchange}: {fault}")
    report(document, counts, seen, faults)


def report(document, counts, seen, faults):
    tap = Tap()
    tap.check(f"of no operation: {counts[None]} exchanges", faults[None])
    for operation in document.operations():
        tap.check(f"{operation.id}: {counts[operation.id]} exchanges", faults[operation.id])
        if operation.successes():
            missing = [s for s in operation.successes() if s not in seen[operation.id]]
            tap.check(
                f"{operation.id}: every success was seen",
                [f"never answered {status}" for status in missing],
            )
        unseen = [s for s in operation.responses if s not in seen[operation.id]]
        if unseen:
            tap.note(f"{operation.id}: never answered {' '.join(map(str, unseen))}")
    tap.done()


if __name__ == "__main__":
    main()
