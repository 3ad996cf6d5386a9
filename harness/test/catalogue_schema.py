#!/usr/bin/env python3
"""Holds cases/schema.json and the program against each other: every case file is valid, and what the one refuses
of a list of wrong files the other refuses too."""
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

program, root = sys.argv[1], pathlib.Path(sys.argv[2])
schema = json.loads((root / 'schema.json').read_text())
validator = jsonschema.validators.validator_for(schema)
validator.check_schema(schema)
check = validator(schema)
failures = 0


def complain(text):
    global failures
    failures += 1
    print(text)


files = sorted(root.glob('*/*.json'))
for path in files:
    for error in check.iter_errors(json.loads(path.read_text())):
        complain(f'{path.relative_to(root)}: {"/".join(map(str, error.absolute_path))}: {error.message[:200]}')

GOOD = {
    'format': 1, 'topic': 'T',
    'cases': [{'id': 'framing/a', 'title': 'A frame', 'judges': ['server'], 'level': 'must', 'checks': ['6455-5.2-1'],
               'request': {'add': [['X-A', 'b']], 'octets': 3, 'raw': {'hex': '00'}},
               'steps': [{'send': {'opcode': 'text', 'payload': {'text': 'x'}}}, {'fence': True}, {'until': 'answered'},
                         {'message': {'type': 'binary', 'payload': {'repeat': ['a', 5]}}}, {'until': 'echo'},
                         {'close': {'code': 1000}}],
               'outcomes': [{'verdict': 'pass', 'messages': 'prefix', 'close': [1000, 'empty'], 'closed_by': 'harness'}]}]}


def wrong(change):
    tree = copy.deepcopy(GOOD)
    change(tree, tree['cases'][0])
    return tree


def put(*path_and_value):
    *path, value = path_and_value

    def change(_, case):
        at = case
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value
    return change


def drop(key):
    return lambda _, case: case.pop(key)


WRONG = [wrong(c) for c in (
    lambda tree, _: tree.update(format=2), lambda tree, _: tree.update(more=1), lambda tree, _: tree.update(cases=[]),
    lambda tree, _: tree.pop('topic'), drop('id'), drop('title'), drop('judges'), drop('level'), drop('checks'),
    drop('outcomes'), put('id', 'Framing'), put('judges', ['proxy']), put('level', 'most'), put('checks', []),
    put('foo', 1), put('steps', 0, {'jump': 1}), put('steps', 0, {}), put('steps', 0, 'send', 'opcode', 'texd'),
    put('steps', 0, 'send', 'payload', {'text': 'a', 'hex': '00'}), put('steps', 0, 'send', 'payload', {'text': 1}),
    put('steps', 2, {'until': 'never'}), put('steps', 2, {'wait': 0}), put('steps', 3, 'message', 'type', 'ping'),
    put('steps', 5, {'close': {'code': 70000}}), put('request', {}), put('request', 'foo', 1),
    put('request', 'add', [['a']]), put('request', 'octets', 0), put('outcomes', []),
    put('outcomes', 0, 'verdict', 'good'), put('outcomes', 0, 'messages', 'all'), put('outcomes', 0, 'close', [99999]),
    put('outcomes', 0, 'closed_by', 'nobody'), put('outcomes', 0, 'foo', 1), put('each', {}),
    put('response', {'line': 1}))]


def program_takes(tree):
    with tempfile.TemporaryDirectory() as folder:
        area = pathlib.Path(folder) / 'framing'
        area.mkdir()
        (area / 'a.json').write_text(json.dumps(tree))
        run = subprocess.run([program, 'list', '--cases', folder], capture_output=True, text=True)
        if run.returncode not in (0, 2):
            complain(f'exit code {run.returncode}: {run.stderr}')
        return run.returncode == 0


if not check.is_valid(GOOD):
    complain(f'the schema refuses the good file: {next(check.iter_errors(GOOD)).message}')
if not program_takes(GOOD):
    complain('the program refuses the good file')
for tree in WRONG:
    by_schema, by_program = check.is_valid(tree), program_takes(tree)
    if by_schema or by_program:
        complain(f'taken by {"the schema " * by_schema}{"the program" * by_program}: {json.dumps(tree)[:700]}')
print(f'{len(files)} files, {len(WRONG)} wrong ones, {failures} problems')
sys.exit(failures > 0 or not files)
