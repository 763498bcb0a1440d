import { Buffer } from 'node:buffer';
import t from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { editSecret } from '../../../src/manifest/edit/edit.ts';
import type { ManifestSecret } from '../../../src/manifest/object/manifest-secret.ts';
import { readManifests } from '../../../src/manifest/read/read.ts';
import { fc } from '../../helpers/property.ts';

async function secretsOf(text: string): Promise<readonly ManifestSecret[]> {
  const stdin = async (): Promise<Uint8Array> => Buffer.from(text);
  for await (const { secrets, errors } of readManifests(['-'], {
    namespace: undefined,
    allowReferences: false,
    stdin,
  })) {
    if (errors.length > 0) throw new Error(`${errors[0]?.line}: ${errors[0]?.message}`);
    return secrets;
  }
  return [];
}

/** The text with these keys set in each of its Secrets, from the last to the first. */
async function edit(text: string, changes: Readonly<Record<string, string>>): Promise<string> {
  const wanted = new Map(Object.entries(changes).map(([key, value]) => [key, Sensitive.fromText(value)]));
  return (await secretsOf(text)).reduceRight((before, secret) => editSecret(before, secret, wanted), text);
}

const dataOf = ({ secret }: ManifestSecret): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...secret.data].map(([key, value]) => [key, Buffer.from(value.reveal(), 'base64').toString()]),
  );

const HEAD = 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n';
const NEW = 'postgresql://u:p%40@db/x';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const json = (fields: object, indent?: number): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, ...fields }, null, indent);

const CASES: readonly (readonly [what: string, before: string, after: string])[] = [
  [
    'a plain value with a comment',
    `${HEAD}stringData:\n  URL: old # why\n  # c\n  B: x\n`,
    `${HEAD}stringData:\n  URL: ${NEW} # why\n  # c\n  B: x\n`,
  ],
  ['single quotes', `${HEAD}stringData:\n  URL: 'old'\n`, `${HEAD}stringData:\n  URL: '${NEW}'\n`],
  ['double quotes', `${HEAD}stringData:\n    URL:   "old"\n`, `${HEAD}stringData:\n    URL:   "${NEW}"\n`],
  [
    'base64',
    `${HEAD}data:\n  URL: b2xk\ntype: Opaque\n`,
    `${HEAD}data:\n  URL: ${base64(NEW)}\ntype: Opaque\n`,
  ],
  [
    'a block',
    `${HEAD}stringData:\n  URL: | # why\n     old\n\n  B: x\n`,
    `${HEAD}stringData:\n  URL: |- # why\n     ${NEW}\n\n  B: x\n`,
  ],
  [
    'a block at the end, without a newline',
    `${HEAD}stringData:\n  URL: >-\n    old`,
    `${HEAD}stringData:\n  URL: |-\n    ${NEW}`,
  ],
  [
    'CRLF',
    `${HEAD}stringData:\n  URL: |\n    old\n  B: x\n`.replaceAll('\n', '\r\n'),
    `${HEAD}stringData:\n  URL: |-\n    ${NEW}\n  B: x\n`.replaceAll('\n', '\r\n'),
  ],
  [
    'a value that is an alias',
    `${HEAD}stringData:\n  B: &b old\n  URL: *b\n`,
    `${HEAD}stringData:\n  B: &b old\n  URL: ${NEW}\n`,
  ],
  [
    'an anchor that nobody names, and a tag',
    `${HEAD}stringData:\n  URL: &b !!str 5\n`,
    `${HEAD}stringData:\n  URL: ${NEW}\n`,
  ],
  ['no value', `${HEAD}stringData:\n  URL: # why\n`, `${HEAD}stringData:\n  URL: ${NEW} # why\n`],
  [
    'a flow map',
    `${HEAD}stringData: {URL: old, B: x} # c\n`,
    `${HEAD}stringData: {URL: "${NEW}", B: x} # c\n`,
  ],
  ['JSON', json({ stringData: { URL: 'old', B: 'x' } }), json({ stringData: { URL: NEW, B: 'x' } })],
  ['JSON with indentation', json({ data: { URL: 'b2xk' } }, 2), json({ data: { URL: base64(NEW) } }, 2)],
  [
    'a new key in a block map',
    `${HEAD}stringData:\n  B: "x" # c\n\n# d\n`,
    `${HEAD}stringData:\n  B: "x" # c\n  URL: "${NEW}"\n\n# d\n`,
  ],
  [
    'a new key in the last line without a newline',
    `${HEAD}data:\n  B: eA==`,
    `${HEAD}data:\n  B: eA==\n  URL: ${base64(NEW)}`,
  ],
  [
    'a new key behind a block',
    `${HEAD}stringData:\n  B: |\n    x\n\ntype: Opaque\n`,
    `${HEAD}stringData:\n  B: |\n    x\n  URL: ${NEW}\n\ntype: Opaque\n`,
  ],
  [
    'a new key behind a block that keeps its newlines',
    `${HEAD}stringData:\n  B: |+\n    x\n\ntype: Opaque\n`,
    `${HEAD}stringData:\n  B: |+\n    x\n\n  URL: ${NEW}\ntype: Opaque\n`,
  ],
  [
    'a new key behind a block that ends with a line of blanks',
    `${HEAD}stringData:\n  B: |-\n    x\n     \n\ntype: Opaque\n`,
    `${HEAD}stringData:\n  B: |-\n    x\n     \n  URL: ${NEW}\n\ntype: Opaque\n`,
  ],
  [
    'a block that ends with a line of blanks',
    `${HEAD}stringData:\n  URL: |-\n    x\n     \n\ntype: Opaque\n`,
    `${HEAD}stringData:\n  URL: |-\n    ${NEW}\n\ntype: Opaque\n`,
  ],
  ['a new key in a flow map', `${HEAD}stringData: {B: x}\n`, `${HEAD}stringData: {B: x, URL: "${NEW}"}\n`],
  ['a new key in JSON', json({ stringData: { B: 'x' } }), json({ stringData: { B: 'x', URL: NEW } })],
  [
    'a new key in JSON with indentation',
    json({ stringData: { B: 'x' } }, 2),
    json({ stringData: { B: 'x', URL: NEW } }, 2),
  ],
  [
    'an empty map',
    `${HEAD}stringData: {}\ntype: Opaque\n`,
    `${HEAD}stringData:\n  URL: ${NEW}\ntype: Opaque\n`,
  ],
  [
    'an empty map with a comment',
    `${HEAD}data: {} # c\n`,
    `${HEAD}data: {URL: ${base64(NEW).includes('=') ? base64(NEW) : base64(NEW)}} # c\n`,
  ],
  [
    'a field without a value',
    `${HEAD}data: # c\ntype: Opaque\n`,
    `${HEAD}data: # c\n  URL: ${base64(NEW)}\ntype: Opaque\n`,
  ],
  ['no data at all', `${HEAD}`, `${HEAD}stringData:\n  URL: ${NEW}\n`],
  ['no data at all in JSON', json({}), `${json({}).slice(0, -1)}, "stringData": {"URL": "${NEW}"}}`],
  [
    'both maps, the key under data',
    `${HEAD}data:\n  URL: b2xk\nstringData:\n  B: x\n`,
    `${HEAD}data:\n  URL: ${base64(NEW)}\nstringData:\n  B: x\n`,
  ],
  [
    'both maps, the key in both',
    `${HEAD}data:\n  URL: b2xk\nstringData:\n  URL: x\n`,
    `${HEAD}data:\n  URL: b2xk\nstringData:\n  URL: ${NEW}\n`,
  ],
  [
    'a merged key',
    `${HEAD}stringData:\n  <<: {URL: old}\n  B: x\n`,
    `${HEAD}stringData:\n  <<: {URL: old}\n  B: x\n  URL: ${NEW}\n`,
  ],
  [
    'a key that is written twice',
    `${HEAD}stringData:\n  URL: one\n  URL: two\n`,
    `${HEAD}stringData:\n  URL: one\n  URL: ${NEW}\n`,
  ],
  [
    'behind a key with a question mark',
    `${HEAD}stringData:\n  A: x\n  ? B\n  : z\n`,
    `${HEAD}stringData:\n  A: x\n  ? B\n  : z\n  URL: ${NEW}\n`,
  ],
  [
    'behind a key with an anchor',
    `${HEAD}stringData:\n  A: x\n  &b B: z # c\n`,
    `${HEAD}stringData:\n  A: x\n  &b B: z # c\n  URL: ${NEW}\n`,
  ],
  [
    'quotes that go on unindented',
    `${HEAD}stringData:\n  URL: "o\nld" # c\n  B: 'x\ny'\n`,
    `${HEAD}stringData:\n  URL: "${NEW}" # c\n  B: 'x\ny'\n`,
  ],
];

for (const [what, before, after] of CASES) {
  t.test(`only what is asked for changes: ${what}`, async (t) => {
    t.equal(await edit(before, { URL: NEW }), after);
    t.equal(await edit(after, { URL: NEW }), after, 'and once is enough');
    t.equal(await edit(before, {}), before);
  });
}

t.test('several Secrets of a stream and of a List are changed, and nothing between them', async (t) => {
  const text =
    `\ufeff# one\n${HEAD}stringData:\n  URL: old\n---\nkind: ConfigMap\napiVersion: v1\n---\n` +
    `apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Secret\n    metadata: {name: b}\n    data:\n      B: eA==\n  - kind: Other\n`;
  t.equal(
    await edit(text, { URL: NEW }),
    text.replace('URL: old', `URL: ${NEW}`).replace('B: eA==\n', `B: eA==\n      URL: ${base64(NEW)}\n`),
  );
});

t.test('refuses to change a value that an alias shares, and reports its position', async (t) => {
  for (const text of [
    `${HEAD}stringData:\n  URL: &u old\n  B: *u\n`,
    `${HEAD}stringData: &m\n  URL: old\n---\n${HEAD}stringData: &m {URL: old}\nx: *m\n`,
  ]) {
    await t.rejects(edit(text, { URL: NEW }), {
      code: 'LOCKSTEP_UNEDITABLE',
      message: /^<stdin>:\d+: URL .*write it out/,
    });
  }
  await t.rejects(edit(`x: &m {B: y}\n${HEAD}stringData: *m\n`, { URL: NEW }), { message: /alias/ });
  const [secret] = await secretsOf(`${HEAD}stringData:\n  URL: [x]\n`);
  t.throws(
    () =>
      editSecret(
        `${HEAD}stringData:\n  URL: [x]\n`,
        secret as ManifestSecret,
        new Map([['URL', Sensitive.fromText(NEW)]]),
      ),
    {
      message: /URL holds a map or a list/,
    },
  );
});

t.test('reports the key that can not be changed in place', async (t) => {
  await t.rejects(edit(`${HEAD}stringData:\n  B: z\n`.replaceAll('\n', '\r'), { URL: NEW }), {
    code: 'LOCKSTEP_UNEDITABLE',
    message: /^<stdin>:1: URL .*set it by hand/,
  });
});

t.test('adds a key behind a block that it has given a last line of blanks', async (t) => {
  const text = `${HEAD}stringData:\n  K1: |\n    old\ntype: Opaque\n`;
  const [after] = await secretsOf(await edit(text, { NEW: '', K1: 'a\n ' }));
  t.same(dataOf(after as ManifestSecret), { K1: 'a\n ', NEW: '' });
});

t.test('reads back the requested value for every value and style', async (t) => {
  const styles = ['old', "'old'", '"old"', '|\n    old\n', '>-\n    old\n    er\n', ''];
  const values = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'aZ09 \n\t:#-?,[]{}&*!|>\'"%@`\\/~.=<+_yn\r\u0085\u2028\ufeff') }),
    fc.constantFrom(
      'yes',
      '017',
      '1_000',
      '~',
      '',
      ' x',
      'x ',
      'null',
      '.5',
      '2027-03-01',
      '12:30',
      '---',
      '...',
      '\n',
      'a\n\n',
      ' \n',
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...styles), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('block', 'flow', 'json'),
      fc.dictionary(
        fc.constantFrom('K0', 'K1', 'NEW', 'no', '5', '__proto__'),
        values.map((value) => value.toWellFormed()),
        { noNullPrototype: true },
      ),
      async (written, form, changes) => {
        const text = {
          block: `${HEAD}stringData:\n${written.map((value, index) => `  K${index}: ${value}\n`).join('')}type: Opaque\n`,
          flow: `${HEAD}stringData: {${written.map((_, index) => `K${index}: 'o'`).join(', ')}}\ntype: Opaque\n`,
          json: json({
            stringData: Object.fromEntries(written.map((_, index) => [`K${index}`, 'o'])),
            type: 'Opaque',
          }),
        }[form];
        const [before] = await secretsOf(text);
        const [after] = await secretsOf(await edit(text, changes));
        t.strictSame(
          Object.entries(dataOf(after as ManifestSecret)).sort(),
          Object.entries({ ...dataOf(before as ManifestSecret), ...changes }).sort(),
        );
      },
    ),
    { numRuns: 300 },
  );
});
