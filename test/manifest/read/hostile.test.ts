import { Buffer } from 'node:buffer';
import t from 'tap';
import { type ManifestFileContent, readManifests } from '../../../src/manifest/read/read.ts';

async function read(text: string | Uint8Array): Promise<ManifestFileContent> {
  const stdin = async (): Promise<Uint8Array> => Buffer.from(text);
  for await (const file of readManifests(['-'], { namespace: undefined, allowReferences: false, stdin }))
    return file;
  throw new Error('standard input was not read');
}

const HEAD = 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n';
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

const bomb = lines(
  9,
  (index) =>
    `x${index}: &x${index} [${Array(9)
      .fill(index === 0 ? 'lol' : `*x${index - 1}`)
      .join(', ')}]\n`,
);

const REFUSED: Readonly<
  Record<string, readonly [manifest: string | Uint8Array, line: number | undefined, message: RegExp]>
> = {
  'an alias bomb': [`${HEAD}${bomb}`, 6, /by aliases/],
  'an alias bomb in another kind': [bomb, 2, /by aliases/],
  'a bomb of merges': [
    `${HEAD}${lines(3000, (index) => `x${index}: &x${index}\n  k${index}: v\n${index === 0 ? '' : `  <<: *x${index - 1}\n`}`)}`,
    9,
    /by aliases/,
  ],
  'an alias of what is around it': [`${HEAD}x: &x\n  a: *x\n`, 6, /contains itself/],
  'ten thousand open brackets': [`${HEAD}x: ${'['.repeat(10_000)}`, 5, /nested too deeply/],
  'ten thousand levels of lists': [`${'- '.repeat(10_000)}a\n`, 1, /nested too deeply/],
  'ten thousand levels of blocks': [
    `${HEAD}${lines(10_000, (index) => `${' '.repeat(index)}a:\n`)}`,
    undefined,
    /nested too deeply/,
  ],
  'ten thousand levels of JSON': [`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 1, /nested/],
  'four million lines': [`${HEAD}x:\n${'- a\n'.repeat(4_000_000)}`, 1, /more than 400000 lines/],
  'half a million items behind what looks like a block of text': [
    `${HEAD}x: ["\n b: |\n  ", ${'{},'.repeat(500_000)}]\n`,
    1,
    /more than 400000 lines/,
  ],
  'a NUL far behind the head': [`${HEAD}# ${'x'.repeat(10_000)}\0\n`, 5, /control character/],
  "a device's worth of bytes": [Buffer.alloc(65 * 1024 * 1024, 'a'), undefined, /larger than 64 MiB/],
  'a quote that is never closed': [`${HEAD}x: "${'a\n  '.repeat(100_000)}`, undefined, /no valid YAML/],
};

for (const [what, [manifest, line, message]] of Object.entries(REFUSED)) {
  t.test(`${what} is one error with its place`, async (t) => {
    const { errors, secrets } = await read(manifest);
    t.match(errors, [{ file: '-', message, ...(line === undefined ? {} : { line }) }]);
    t.same([errors.length, secrets.length], [1, 0]);
  });
}

t.test('a Secret of 10,000 keys has them all, each with its place', async (t) => {
  const { secrets, errors } = await read(
    `${HEAD}stringData:\n${lines(10_000, (index) => `  K${index}: v${index}\n`)}`,
  );
  t.same([errors, secrets.map(({ secret }) => secret.data.size)], [[], [10_000]]);
  t.match(secrets[0]?.placeOf('K9999'), { line: 10_005, column: 3 });
});

t.test('reports a key that is repeated 50,000 times with few positions', async (t) => {
  const { secrets } = await read(`${HEAD}stringData:\n${'  K: v\n'.repeat(50_000)}`);
  t.same([secrets[0]?.secret.data.size, (secrets[0]?.faults.length ?? 0) < 20], [1, true]);
});

t.test('reads documents that only look dangerous', async (t) => {
  const invalid = Buffer.concat([
    Buffer.from(`${HEAD}stringData:\n  A: `),
    Buffer.from([0xff, 0xfe, 0x41, 0x0a]),
  ]);
  for (const manifest of [
    invalid,
    `${HEAD}stringData:\n  __proto__: x\n  constructor: y1\n`,
    `${HEAD}stringData:\n  A: ${'a'.repeat(8_000_000)}\n`,
    `${HEAD}stringData:\n  A: "${'\\\\'.repeat(2_000_000)}"\n`,
    `${'#'.repeat(2_000_000)}\n${HEAD}`,
    `${HEAD}stringData:\n  A: x\n${' '.repeat(4_000_000)}\ty\n`,
    `${HEAD}stringData:\n  A: "${'a\n'.repeat(200_000)}"\n`,
    `${HEAD}stringData:\n  A: "${'\\\\ud83d '.repeat(500_000)}"\n`,
    `${'---\n'.repeat(200_000)}${HEAD}`,
    ...["'JSON'", '|\n    JSON'].map(
      (text) => `${HEAD}stringData:\n  A: ${text.replace('JSON', `[${'{},'.repeat(450_000)}{}]`)}\n`,
    ),
    `${HEAD}x0: &x v\nstringData:\n${lines(1000, (index) => `  K${index}: *x\n`)}`,
  ]) {
    const { secrets, errors } = await read(manifest);
    t.same([errors, secrets.length], [[], 1]);
  }
});
