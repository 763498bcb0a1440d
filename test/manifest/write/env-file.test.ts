import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { envFileLine } from '../../../src/manifest/write/env-file.ts';
import { fc } from '../../helpers/property.ts';
import { findBinaries } from '../../testbed/binaries.ts';

/**
 * The grammar of `docker run --env-file` (docker/cli, pkg/kvfile): lines of Go's bufio.Scanner, which drops one carriage
 * return at the end; blanks at the start and comments are skipped; the first `=` ends the name. No quotes, no escapes.
 */
function asDocker(file: string): Readonly<Record<string, string>> {
  const lines = file.split('\n').map((line) => line.replace(/\r$/, ''));
  const variables: Record<string, string> = {};
  for (const line of lines
    .map((each) => each.replace(/^[ \t]+/, ''))
    .filter((each) => !/^(?:#|$)/.test(each))) {
    const [name = '', ...value] = line.split('=');
    if (name === '' || /[ \t]/.test(name) || value.length === 0) throw new Error('docker refuses the line');
    variables[name] = value.join('=');
  }
  return variables;
}

const { kubectl } = findBinaries(['kubectl']);
const folder = t.testdir();

function asKubectl(file: string): Readonly<Record<string, string>> {
  const path = join(folder, 'values.env');
  writeFileSync(path, file);
  const args = [
    'create',
    'secret',
    'generic',
    'a',
    `--from-env-file=${path}`,
    '--dry-run=client',
    '-o',
    'json',
  ];
  const printed = execFileSync(kubectl, args, {
    encoding: 'utf8',
    env: { HOME: folder },
    stdio: 'pipe',
    maxBuffer: 9e6,
  });
  const data: Readonly<Record<string, string>> = JSON.parse(printed).data ?? {};
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

const VALUES = {
  EMPTY: '',
  PLAIN: 'Vq7mT2xLr9KcW4nB8sZd',
  URL: 'postgresql://a:b%2Fc@db:5432/shop?sslmode=disable&connection_limit=5',
  HASH: 'with blanks # and a hash',
  SHELL: '$HOME `id` $(id) \\n ; exit',
  QUOTED: '"quoted"',
  SINGLE: "it's 'quoted'",
  EDGES: ' \t blanks at both ends \t ',
  EQUALS: '=a==b=',
  UNICODE: 'ünïcode 🔑\u00a0\u2028\ufeff\u0085',
  CONTROL: '\u0001\u001b[31m\u007f',
  LONG: 'x'.repeat(50_000),
  'dotted.name-with_dash': 'x',
};

t.test('kubectl and docker read every line that is written as the same value', async (t) => {
  const file = Object.entries(VALUES)
    .map(([key, value]) => envFileLine(key, value) ?? t.fail(key))
    .join('');
  t.same(asKubectl(file), VALUES);
  t.same(asDocker(file), VALUES);
});

t.test('any other value is refused, not written in a way that one of them misreads', async (t) => {
  for (const value of [
    'a\nb',
    '-----BEGIN KEY-----\nMIIB\n-----END KEY-----\n',
    'a\r',
    'a\rb',
    'a\0b',
    '\ud800',
    'x'.repeat(70_000),
  ])
    t.equal(envFileLine('KEY', value), undefined);
  for (const key of ['1ST', '', 'a b', '#a', 'a=b', 'ä']) t.equal(envFileLine(key, 'x'), undefined, key);
  t.equal(envFileLine('KEY', 'a\nb'), undefined);
});

t.test('both agree on random values', async (t) => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom(' ', '\t', '#', '=', '"', "'", '\\', '$', '\r', '\ufeff'),
  );
  let written = 0;
  await fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 6 }), { minLength: 20, maxLength: 40 }), (values) => {
      const entries = values.map((value, index) => [`K${index}`, value.join('')] as const);
      const lines = entries.map(([key, value]) => [key, value, envFileLine(key, value)] as const);
      const taken = lines.filter(([, , line]) => line !== undefined);
      written += taken.length;
      const expected = Object.fromEntries(taken.map(([key, value]) => [key, value]));
      const file = taken.map(([, , line]) => line).join('');
      t.same(asKubectl(file), expected);
      t.same(asDocker(file), expected);
    }),
    { numRuns: 15 },
  );
  t.ok(written > 200, `${written} values were written`);
});
