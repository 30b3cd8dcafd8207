"""tools/yaml_to_json against JSON written by hand, and against PyYAML on openapi.yaml."""

import json
import os
import pathlib
import subprocess

import yaml

BUILD = pathlib.Path(os.environ["BACKPROPD_BUILD"])

# YAML, and the JSON that it must become to the letter; None where it must be refused.
ROWS = [
    ("a: 1\nb: [2, 3]\n", '{"a":1,"b":[2,3]}'),
    ("[]", "[]"),
    ("{}", "{}"),
    ("- {}\n- []\n", "[{},[]]"),
    # Numbers keep their spelling; JSON's grammar decides what is one.
    (
        "[0.1, -0.0, 3.510187782978859e-05, 1E5, 9007199254740993]",
        "[0.1,-0.0,3.510187782978859e-05,1E5,9007199254740993]",
    ),
    # But for a point that only YAML 1.1 wants.
    ("[1.0e-8, -3.0E5, 10.0e1, 1.20e3, 1.0]", "[1e-8,-3E5,10e1,1.20e3,1.0]"),
    ("[01, .5, 5., +1, 1e, 0x1F, -]", '["01",".5","5.","+1","1e","0x1F","-"]'),
    ("[null, ~, true, false]", "[null,null,true,false]"),
    ("a:\nb: \n", '{"a":null,"b":null}'),
    ("[True, no, nulls, 3.1.0, 2024-01-01]", '["True","no","nulls","3.1.0","2024-01-01"]'),
    # What is quoted is a string, and so is every key.
    ("[\"1\", 'true', \"\"]", '["1","true",""]'),
    ("200: x\nnull: y\n", '{"200":"x","null":"y"}'),
    ("a: |\n  1\n  two\nb: >-\n  one\n  line\n", '{"a":"1\\ntwo\\n","b":"one line"}'),
    ('"\\" \\\\ \\t \\u0001 \u00e9"', '"\\" \\\\ \\t \\u0001 \u00e9"'),
    ("a: &x {b: 1}\nc: *x\n", '{"a":{"b":1},"c":{"b":1}}'),
    ("# only a comment\n", None),
    ("a: 1\na: 2\n", None),
    ("? [1]\n: 2\n", None),
    ("a: !!float 1\n", None),
    ("a: !mine 1\n", None),
    ("&x [*x]", None),
    ("[1, 2", None),
    ("[" * 101 + "]" * 101, None),
]

checks = 0


def check(passed, text):
    global checks
    checks += 1
    print(f"{'ok' if passed else 'not ok'} {checks} - {text}")
    return passed


def translate(text):
    run = subprocess.run(
        [BUILD / "tools/yaml_to_json"], input=text.encode(), capture_output=True, check=False
    )
    return run.stdout.decode().removesuffix("\n") if run.returncode == 0 else None


for text, expected in ROWS:
    actual = translate(text)
    if not check(actual == expected, repr(text[:60])):
        print(f"# expected {expected}\n# got      {actual}")

# A scalar that YAML's readers understand differently (a date, `yes`, 1e5) fails here: quote it.
document = yaml.safe_load(pathlib.Path("openapi.yaml").read_text())
served = json.loads((BUILD / "openapi.json").read_text())
check(served == document, "openapi.json is openapi.yaml as PyYAML reads it")

print(f"1..{checks}")
