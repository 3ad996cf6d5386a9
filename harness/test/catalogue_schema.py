#!/usr/bin/env python3
"""Holds cases/schema.json, cases/README.md and the program against each other.

Every file that the schema is for is valid. What is wrong in a list of cases is refused by the schema and by the
program. Each key of the schema is known to the program, and described in the README.
"""
import copy
import json
import pathlib
import re
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


def complaints(tree):
    """What the program says about a file framing/a.json: a list of (JSON pointer, message)."""
    with tempfile.TemporaryDirectory() as folder:
        area = pathlib.Path(folder) / 'framing'
        area.mkdir()
        (area / 'a.json').write_text(json.dumps(tree))
        run = subprocess.run([program, 'list', '--cases', folder], capture_output=True, text=True, check=False)
    if run.returncode not in (0, 2):
        complain(f'exit code {run.returncode}: {run.stderr}')
    said = re.findall(r'^wsconform: framing/a\.json(?::\d+)?: (?:(/\S*): )?(.*)$', run.stderr, re.MULTILINE)
    if (run.returncode == 0) != (not said):
        complain(f'exit code {run.returncode}, but {said}')
    return said


# ---- Files --------------------------------------------------------------------------------------------------

files = sorted(root.glob('*/*.json')) + [root / 'outcomes.json', root / 'untested.json']
for path in files:
    for error in check.iter_errors(json.loads(path.read_text())):
        complain(f'{path.relative_to(root)}: {"/".join(map(str, error.absolute_path))}: {error.message[:200]}')

# ---- Wrong ones ---------------------------------------------------------------------------------------------

FRAME = {'opcode': 'close', 'code': 1000, 'reason': 'r'}
CASE = {'id': 'framing/a', 'title': 'A frame', 'judges': ['server'], 'level': 'must', 'checks': ['6455-5.2-1'],
        'request': {'add': [['X-A', 'b']], 'octets': 3, 'raw': {'hex': '00'}},
        'steps': [{'send': [{'opcode': 'text', 'payload': {'text': 'x'}}, {'opcode': 'ping'}]}, {'fence': True},
                  {'until': 'answered'},
                  {'message': {'type': 'binary', 'payload': {'repeat': ['a', 5]}}}, {'until': 'echo'},
                  {'close': {'code': 1000}}],
        'outcomes': [{'verdict': 'pass', 'messages': 'prefix', 'close': [1000, 'empty'], 'closed_by': 'harness'}]}
CLIENT = dict(copy.deepcopy(CASE), judges=['client'], response={'delay': 5})
del CLIENT['request']
DEFLATE = dict(copy.deepcopy(CASE), judges=['server', 'client'],
               deflate={'offer': 'permessage-deflate', 'grant': {'client_max_window_bits': 9},
                        'when': {'client_max_window_bits': True}},
               steps=[{'message': {'type': 'text', 'payload': {'json': {'seed': 1, 'bytes': 64}},
                                   'compress': {'level': 9, 'window_bits': 9, 'takeover': False, 'blocks': 'fixed',
                                                'flush': 10, 'final': False, 'tail': False}}},
                      {'messages': {'type': 'binary', 'payload': {'image': {'seed': 1, 'bytes': 64}}, 'each': 16,
                                    'count': 8, 'quick': 2, 'ahead': 4, 'compress': True, 'fragments': {'size': 5}}},
                      {'send': {'opcode': 'text', 'rsv1': True, 'payload': {'deflate': [
                          {'stored': {'text': 'a'}}, {'fixed': [{'text': 'abc'}, {'copy': [3, 3]}], 'final': True},
                          {'dynamic': {'text': 'a'}}, 'flush', {'bits': '000'}, {'octets': '00'}, 'end']}}},
                      {'until': 'echo'}, {'close': True}],
               outcomes=[{'verdict': 'pass', 'messages': 'echo', 'closed_by': 'harness', 'close': 1000,
                          'deflate': {'server_no_context_takeover': True, 'server_max_window_bits': [9, None],
                                      'client_no_context_takeover': False, 'client_max_window_bits': '8-10'}}])
MATRIX = dict(copy.deepcopy(CASE), each={'n': [1, 2]}, id='framing/a-{n}')


def changed(case, *path, to):
    """The case with another value at a path; `to` Ellipsis: without it."""
    at = case = copy.deepcopy(case)
    for key in path[:-1]:
        at = at[key]
    if to is ...:
        at.pop(path[-1], None)
    else:
        at[path[-1]] = to
    return case


def each(case, path, *values):
    return [changed(case, *path, to=value) for value in values]


def step(*values):
    return each(CASE, ('steps', 1), *values)


def send(*values):
    return step(*({'send': value} for value in values))


def message(**members):
    return step({'message': dict({'type': 'text', 'payload': {'text': 'abc'}}, **members)})


def payload(*values):
    return step(*({'raw': value} for value in values))


def head(*values):
    return each(CASE, ('request',), *values)


def outcome(*values):
    return each(CASE, ('outcomes',), *([CASE['outcomes'][0], value] for value in values))


WRONG = [
    *(changed(CASE, key, to=...) for key in ('id', 'title', 'judges', 'level', 'checks', 'outcomes', 'steps')),
    *each(CASE, ('id',), 'Framing/a', 'framing', 1), *each(CASE, ('title',), 1, ['a']),
    *each(CASE, ('judges',), ['proxy'], [], 'server', ['server', 'server']),
    *each(CASE, ('level',), 'most', 1), *each(CASE, ('checks',), [], [1], '6455-5.2-1'),
    *each(CASE, ('rulings',), ['a01'], 'A01', [1]), *each(CASE, ('needs',), ['TLS'], 'tls'),
    *each(CASE, ('also',), ['Autobahn'], ['autobahn:a'], [1]), *each(CASE, ('bugs',), [''], ['a b'], ['a'] * 2),
    *each(CASE, ('exclusive',), 1, 'yes'), *each(CASE, ('profile',), 'quick', True), *each(CASE, ('foo',), 1), *each(CASE, ('steps',), [], 1, [1]),
    *each(MATRIX, ('each',), {}, [], {'n': []}, {'N': [1]}, {'n': 1}, {'n': [1, 1]}, {'n': [1.5]}, {'n': ['']},
          {'n': {}}, {'n': {'': 1}}, {'n': [[1]]}),
    *each(MATRIX, ('except',), {}, [{}], [1], [{'n': [1]}]), *each(CASE, ('except',), []),
    # steps
    *step({}, {'jump': 1}, {'fence': True, 'fin': True}, {'fence': False}, {'fin': 1}, {'reset': 'yes'},
          {'fence': True, 'octets': 1}, {'cut': [1]}, {'octets': 1}, {'raw': {'text': 'a'}, 'cut': [1], 'octets': 1},
          {'raw': {'text': 'ab'}, 'cut': []}, {'raw': {'text': 'ab'}, 'cut': [0]}, {'raw': {'text': 'a'}, 'octets': 0},
          {'until': 'never'}, {'until': {}}, {'until': {'messages': 0}}, {'until': {'pongs': 'a'}},
          {'until': {'messages': 1, 'pongs': 1}}, {'wait': 0}, {'wait': 60001}, {'wait': 'a'}, {'read': 'on'},
          {'pace': 0}, {'pace': 'half'}, {'auto': {}}, {'auto': {'pong': 1}}, {'auto': {'ping': True}},
          {'close': False}, {'close': {}}, {'close': {'code': 65536}}, {'close': {'code': 1000, 'reason': 1}},
          {'close': {'code': 1000, 'reason': 'r' * 124}}, {'close': {'code': 1000, 'more': 1}},
          {'repeat': {'times': 0, 'steps': [{'fence': True}]}}, {'repeat': {'times': 1, 'steps': []}},
          {'repeat': {'steps': [{'fence': True}]}}, {'repeat': {'times': 1}},
          {'repeat': {'times': 1000001, 'steps': [{'fence': True}]}}, {'repeat': []}),
    *message(type='ping'), *message(payload=1), *message(more=1), *message(fragments=[]), *message(fragments=1),
    *message(fragments={}), *message(fragments={'size': 0}), *message(fragments={'count': 1, 'size': 1}),
    *message(fragments=[-1]), *message(fragments={'parts': 1}), *message(between={'opcode': 'ping'}),
    *message(between={'opcode': 'text'}, fragments=[1]), *message(one_segment=1),
    *step({'message': {'type': 'text'}}, {'message': {'payload': {'text': 'a'}}}),
    *send([], 1, {}, {'opcode': 'texd'}, {'opcode': 1}, {'opcode': 16}, {'opcode': 'text', 'rsv': 1},
          {'opcode': 'text', 'fin': 1}, {'opcode': 'text', 'rsv1': 'no'}, {'opcode': 'text', 'masked': 0},
          {'opcode': 'text', 'key': '0102'}, {'opcode': 'text', 'key': '01020304', 'masked': False},
          {'opcode': 'text', 'length': {}}, {'opcode': 'text', 'length': {'form': 8}},
          {'opcode': 'text', 'length': {'claim': -1}}, {'opcode': 'text', 'length': {'claim': '0x1'}},
          {'opcode': 'text', 'code': 1000}, {'opcode': 'close', 'reason': 'a'}, {'opcode': 'close', 'code': 65536},
          {'opcode': 'close', 'code': 1000, 'payload': {'text': 'a'}}, {'opcode': 'close', 'code': 1, 'reason': 1}),
    *payload(1, 'text', {}, {'text': 1}, {'text': ''}, {'text': 'a', 'hex': '00'}, {'hex': 'zz'}, {'file': 'a'},
             {'repeat': ['a']}, {'repeat': ['', 1]}, {'repeat': ['a', -1]}, {'repeat': ['a', 67108865]},
             {'repeat': [{'text': 'a'}, 1]}, {'repeat': 'a'}, {'random': {'seed': 1}}, {'random': {'bytes': 1}},
             {'words': {'seed': -1, 'bytes': 1}}, {'words': {'seed': 1, 'bytes': 1, 'more': 1}}, {'concat': {}},
             {'concat': [1]}),
    # heads
    *head(1, {}, {'foo': 1}, {'line': 1}, {'line': {'text': 'a'}}, {'set': {'Origin': 'a'}}, {'set': []},
          {'omit': ['Origin']}, {'omit': 'Host'}, {'omit': ['Host', 'Host']}, {'add': [['a']]}, {'add': [[1, 'a']]},
          {'add': {'a': 'b'}}, {'lines': []}, {'lines': [1]}, {'lines': ['a'], 'line': 'b'},
          {'lines': ['a'], 'omit': ['Host']}, {'eol': ''}, {'eol': '123456789'}, {'lead': {'text': ''}}, {'body': 1},
          {'frames': []}, {'raw': 1}, {'end': 1}, {'end': False, 'body': {'text': 'a'}},
          {'end': False, 'frames': {'opcode': 'ping'}}, {'fin': 1}, {'delay': 5}, {'octets': 0}, {'cut': []},
          {'octets': 1, 'cut': [1]}),
    *each(CLIENT, ('response',), {}, {'delay': 0}, {'delay': 5001}, {'fin': True}, {'set': {'Host': 'a'}},
          {'omit': ['Host']}, {'foo': 1}),
    changed(CLIENT, 'request', to={'line': 'a'}), changed(CASE, 'response', to={'line': 'a'}),
    # permessage-deflate
    *each(DEFLATE, ('deflate',), {}, 1, {'offer': 1}, {'offer': 'x', 'foo': 1}, {'grant': {}},
          {'offer': 'x', 'answer': 'y', 'grant': {}}, {'offer': 'x', 'grant': []}, {'offer': 'x', 'grant': {'foo': 1}},
          {'offer': 'x', 'grant': {'server_max_window_bits': 7}}, {'offer': 'x', 'when': {}},
          {'offer': 'x', 'when': {'foo': True}}, {'offer': 'x', 'grant': [{}] * 5}, {'offer': 'x' * 2001}),
    changed(DEFLATE, 'judges', to=['server']),
    changed(changed(DEFLATE, 'judges', to=['client']), 'request', to=...),
    *each(DEFLATE, ('steps', 0, 'message', 'compress'), False, {}, 1, {'level': 0}, {'window_bits': 7}, {'foo': 1},
          {'blocks': 'dynamic'}, {'flush': 0}, {'takeover': 1}, {'final': 1}),
    *each(DEFLATE, ('steps', 1, 'messages', 'each'), 0, 'a', ...),
    *each(DEFLATE, ('steps', 1, 'messages', 'count'), 0, 1000001, ...),
    *each(DEFLATE, ('steps', 1, 'messages', 'ahead'), 0), *each(DEFLATE, ('steps', 1, 'messages', 'quick'), 0),
    *each(DEFLATE, ('steps', 2, 'send', 'payload', 'deflate'), [], 1, [1], ['stop'], [{}], [{'stored': 1}],
          [{'fixed': 1}], [{'fixed': [{'copy': [2, 1]}]}], [{'fixed': {'copy': [3, 32769]}}], [{'bits': '2'}],
          [{'bits': '', 'final': True}], [{'octets': '00', 'final': True}],
          [{'stored': {'text': ''}, 'fixed': {'text': ''}}], [{'dynamic': {'text': 'a'}, 'final': 1}]),
    *each(DEFLATE, ('outcomes', 0, 'deflate'), 'refused', 1, {'foo': 1}, {'server_no_context_takeover': 1},
          {'server_max_window_bits': 7}, {'server_max_window_bits': '7-9'}, {'client_max_window_bits': []}),
    # outcomes
    *each(CASE, ('outcomes',), [], 1, [1]),
    *outcome({}, {'verdict': 'good'}, {'verdict': 'info', 'foo': 1}, {'verdict': 'info', 'why': 1},
             {'verdict': 'info', 'response': 99}, {'verdict': 'info', 'response': '0xx'},
             {'verdict': 'info', 'response': []}, {'verdict': 'info', 'fields': []},
             {'verdict': 'info', 'fields': {'a': 1}}, {'verdict': 'info', 'fields': {'a': {}}},
             {'verdict': 'info', 'messages': 'all'}, {'verdict': 'info', 'messages': [1]},
             {'verdict': 'info', 'messages': [{'type': 'text'}]},
             {'verdict': 'info', 'messages': [{'type': 'ping', 'payload': {'text': 'a'}}]},
             {'verdict': 'info', 'pongs': 'some'}, {'verdict': 'info', 'keys': 'new'},
             {'verdict': 'info', 'close': 65536}, {'verdict': 'info', 'close': []}, {'verdict': 'info', 'close': 'x'},
             {'verdict': 'info', 'closed_by': 'nobody'}, {'verdict': 'pass', 'closed_by': 'peer'},
             {'verdict': 'info', 'end': 'rst'}, {'verdict': 'info', 'probe': 'any'},
             {'verdict': 'info', 'tolerate': 'a'}, {'verdict': 'info', 'tolerate': ['A']}),
]


def file_of(cases):
    return {'format': 1, 'topic': 'T', 'cases': cases}


for case in (CASE, CLIENT, MATRIX, DEFLATE, *message(between=FRAME, fragments=[1, 1]), *send([FRAME, {'opcode': 3}])):
    tree = file_of([case])
    for error in check.iter_errors(tree):
        complain(f'the schema refuses {json.dumps(case)}: {error.message}')
    if said := complaints(tree):
        complain(f'the program refuses {json.dumps(case)}: {said}')

for i, case in enumerate(WRONG):
    if check.is_valid(file_of([case])):
        complain(f'the schema takes {json.dumps(case)}')
    if str(case.get('id')).startswith('framing/a'):
        case['id'] = f'framing/wrong-{i}' + case['id'][len('framing/a'):]
refused = {pointer.split('/')[2] for pointer, _ in complaints(file_of(WRONG)) if pointer.count('/') > 1}
for i, case in enumerate(WRONG):
    if str(i) not in refused:
        complain(f'the program takes {json.dumps(case)}')

WRONG_FILES = [dict(file_of([CASE]), format=2), dict(file_of([CASE]), more=1), file_of([]), file_of({}), [], {},
               {'format': 1, 'cases': [CASE]}, {'format': 1, 'topic': '', 'cases': [CASE]},
               {'format': 1, 'topic': 'T'}]
for tree in WRONG_FILES:
    if check.is_valid(tree):
        complain(f'the schema takes the file {json.dumps(tree)}')
    if not complaints(tree):
        complain(f'the program takes the file {json.dumps(tree)}')

# ---- Keys ---------------------------------------------------------------------------------------------------


def keys_of(name):
    """The keys of an object of the schema."""
    parts, keys = [schema['$defs'][name]], set()
    while parts:
        part = parts.pop()
        keys |= set(part.get('properties', {})) if part.get('type') == 'object' or 'allOf' in part else set()
        parts += part.get('anyOf', [])
    return keys


PLACES = {
    'case': lambda key: changed(CASE, key, to=[]),
    'request': lambda key: changed(CASE, 'request', to={key: []}),
    'response': lambda key: changed(CLIENT, 'response', to={key: []}),
    'step': lambda key: step({key: []})[0],
    'message': lambda key: step({'message': {key: []}})[0],
    'messages': lambda key: step({'messages': {key: []}})[0],
    'deflate': lambda key: changed(DEFLATE, 'deflate', to={key: []}),
    'blocks': lambda key: send({'opcode': 'text', 'payload': {'deflate': [{key: []}]}})[0],
    'frame': lambda key: send({key: []})[0],
    'payload': lambda key: payload({key: []})[0],
    'until': lambda key: step({'until': {key: []}})[0],
    'outcome': lambda key: outcome({key: []})[0],
}
readme = (root / 'README.md').read_text()
probes, probed = [], []
for place, probe in PLACES.items():
    keys = keys_of(place)
    if not keys:
        complain(f'no keys of {place}')
    for key in sorted(keys):
        probes.append(changed(probe(key), 'id', to=f'framing/key-{len(probes)}') if key != 'id' else probe(key))
        probed.append((place, key))
        if not re.search(rf'\b{key}\b', readme) and not re.fullmatch('rsv[123]', key):
            complain(f'README.md says nothing about {place}: {key}')
for pointer, text in complaints(file_of(probes)):
    if text.startswith('unknown key'):
        complain(f'the program does not know {probed[int(pointer.split("/")[2])]}: {pointer}')

print(f'{len(files)} files, {len(WRONG) + len(WRONG_FILES)} wrong ones, {len(probes)} keys, {failures} problems')
sys.exit(failures > 0 or not files)
