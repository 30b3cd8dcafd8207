"""One exchange that a test over HTTP wrote down (tests/harness/record.h), and its JSON read as
strictly as the contract has it."""

import json
import re
import urllib.parse
from decimal import Decimal

from document import Fault


class Exchange:
    def __init__(self, record, where):
        self.where = where  # file and line
        self.method = record["method"]
        path, _, query = record["path"].partition("?")
        self.path = "/".join(map(decode_segment, path.split("/")))
        self.query = urllib.parse.parse_qsl(query, keep_blank_values=True)
        self.status = record["status"]
        self.request_headers = fold(record["request_headers"])
        self.request_body = record["request_body"]
        self.headers = fold(record["response_headers"])
        self.body = record["response_body"]

    def succeeded(self):
        return 200 <= self.status < 300

    def __str__(self):
        return f"{self.where}: {self.method} {self.path[:100]} -> {self.status}"


def decode_segment(text):
    """A segment of a path; one with an encoded slash stays as it is, for it is no two segments."""
    decoded = urllib.parse.unquote(text)
    return text if "/" in decoded else decoded


def fold(headers):
    return {name.lower(): value for name, value in headers.items()}


def media_type(content_type):
    return content_type.partition(";")[0].strip().lower()


def number_text(token):
    """A number of an answer as the contract lays it out: the fewest digits that read back to the
    same double (Python's repr has them), an exponent from 1e15 up and below 1e-5."""
    sign, digits, exponent = Decimal(repr(float(token))).as_tuple()
    digits = "".join(map(str, digits)).rstrip("0")
    if not digits:
        return "-0.0" if sign else "0"
    point = Decimal(repr(float(token))).adjusted() + 1  # digits before the decimal point
    if not -5 < point <= 15:
        text = digits[0] + ("." + digits[1:] if digits[1:] else "") + f"e{point - 1}"
    elif point <= 0:
        text = "0." + "0" * -point + digits
    elif point >= len(digits):
        text = digits + "0" * (point - len(digits))
    else:
        text = digits[:point] + "." + digits[point:]
    return "-" + text if sign else text


def refuse_constant(token):
    raise Fault(f"{token} is not JSON")


def unique_pairs(pairs):
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Fault("a key twice in one object")
    return members


def finite(token):
    value = float(token)
    if abs(value) == float("inf"):
        raise Fault(f"{token} is beyond the finite doubles")
    return value


def finite_integer(token):
    if len(token) > 300:
        finite(token)
    return int(token)


def shortest(token):
    value = finite(token)
    if token == repr(value) and 1e-4 <= abs(value) < 1e15 and not token.endswith(".0"):
        return value  # the usual case; Decimal is slow
    if token != number_text(token):
        raise Fault(f"{token} should be written {number_text(token)}")
    return value


def shortest_integer(token):
    if token == "-0":
        raise Fault("-0 should be written -0.0")
    return finite_integer(token)


def parse(text, parse_float, parse_int):
    if text is None:
        raise Fault("there is no text in UTF-8")
    try:
        return json.loads(
            text,
            parse_float=parse_float,
            parse_int=parse_int,
            parse_constant=refuse_constant,
            object_pairs_hook=unique_pairs,
        )
    except (ValueError, RecursionError) as error:
        raise Fault(f"is not JSON: {error}") from error


def parse_request(text):
    return parse(text, finite, finite_integer)


def parse_answer(text):
    return parse(text, shortest, shortest_integer)


def query_value(schema, text):
    """A query parameter as its schema's type has it."""
    if schema.get("type") == "integer" and re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    if schema.get("type") == "number":
        return float(text)
    return text
