import t from 'tap';
import { parse } from 'yaml';
import { jsonManifest, secretManifest, yamlManifest } from '../../../src/manifest/write/secret-manifest.ts';
import { aSecret, GOOD } from '../../helpers/engine/engine.ts';
import { fc } from '../../helpers/property.ts';

const yamlOf = (data: Readonly<Record<string, string | Uint8Array>>, rest = {}): string =>
  yamlManifest(secretManifest(aSecret(data, rest)));

t.test('a Secret for people to read: plain names, quoted values, in the order of the Secret', async (t) => {
  t.equal(
    yamlOf({ POSTGRES_PORT: '5432', NOTE: '' }, { labels: new Map([['app', 'on']]) }),
    `apiVersion: v1
kind: Secret
metadata:
  name: reconciliation-secrets
  namespace: recon
  labels:
    app: "on"
type: Opaque
stringData:
  POSTGRES_PORT: "5432"
  NOTE: ""
`,
  );
});

t.test('leaves out a namespace that was not given', async (t) => {
  t.notMatch(yamlOf({ A: 'a' }, { namespace: '' }), 'namespace');
});

t.test('bytes that are no text go under data', async (t) => {
  const { stringData, data } = secretManifest(aSecret({ A: 'a', KEYSTORE: Uint8Array.of(0xfe, 0xed, 0xff) }));
  t.same({ stringData, data }, { stringData: { A: 'a' }, data: { KEYSTORE: '/u3/' } });
});

t.test('several lines are a block', async (t) => {
  t.match(yamlOf({ 'tls.key': '-----BEGIN\nMIIB\n-----END\n' }), '  tls.key: |\n    -----BEGIN\n    MIIB\n');
});

t.test('escapes line ends of YAML and forbidden characters', async (t) => {
  const text = yamlOf({ A: 'a\u0085b\u2028c\u2029d\ufeffe\u007ff\ufffeg' });
  t.match(text, '"a\\u0085b\\u2028c\\u2029d\\uFEFFe\\u007Ff\\uFFFEg"');
});

const values = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.stringMatching(/^[ a-z\n:#-]{0,30}$/),
  fc.constantFrom(
    'yes',
    'off',
    '~',
    'null',
    '0x1F',
    '1e3',
    '12:30',
    '2027-03-01',
    '|',
    '- a',
    '---\nx',
    GOOD.key,
  ),
);
const keys = fc
  .oneof(
    fc.stringMatching(/^[-._a-zA-Z0-9]{1,12}$/),
    fc.constantFrom('y', 'No', '0x10', '1_000', '.5', 'null', '2027-03-01', '-'),
  )
  .filter((key) => key !== '__proto__');

for (const version of ['1.1', '1.2'] as const) {
  t.test(`any values are read back by YAML ${version}, and by JSON`, async (t) => {
    await fc.assert(
      fc.property(fc.dictionary(keys, values, { minKeys: 1, maxKeys: 4, noNullPrototype: true }), (data) => {
        const manifest = secretManifest(aSecret(data));
        t.strictSame(parse(yamlManifest(manifest), { version }), manifest);
        t.strictSame(JSON.parse(jsonManifest(manifest)), manifest);
      }),
    );
  });
}
