import t from 'tap';
import { manifestKindOf } from '../../../src/manifest/object/kinds.ts';
import { isSyntaxFault, objectsOf } from '../../../src/manifest/object/objects.ts';
import { isOtherJson, isOtherKind, mayBeSecret } from '../../../src/manifest/read/irrelevant.ts';
import { splitDocuments } from '../../../src/manifest/yaml/documents.ts';
import { aSecret, read } from '../../helpers/commands/manifest-text.ts';
import { fc } from '../../helpers/property.ts';

/** The kinds of all objects that a full parse finds. */
const kindsIn = (text: string): readonly string[] =>
  [...splitDocuments(text)].flatMap(({ root }) =>
    root === undefined
      ? []
      : [...objectsOf(root)].map((object) => (isSyntaxFault(object) ? 'fault' : manifestKindOf(object))),
  );

/** The reporter of tests takes U+2028 for the end of a line. */
const escaped = (text: string): string => encodeURI(text);

const CRD =
  'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: a\nspec:\n  text: |\n    kind: Secret\n';

t.test('passes over a plain object of another kind', async (t) => {
  for (const text of [
    CRD,
    `# Secret\n\n${CRD}`,
    CRD.replaceAll('\n', '\r\n'),
    'kind: ClusterRole\nrules:\n- resources: [secrets]\n- kind: x\napiVersion: v1\n',
    'kind: ConfigMap # Secret\ndata: {kind: Secret}\n',
    'kind: Pod\nspec: "\n  kind: Secret"\n',
  ])
    t.equal(isOtherKind(text), true, escaped(text));
});

const HIDDEN = [
  'kind: "Secret"',
  "kind: 'Secret'",
  'kind : Secret',
  '"kind": Secret',
  "'kind': Secret",
  '"\\u006bind": Secret',
  'kind: "\\u0053ecret"',
  'kind: "\\x53ecret"',
  'kind: !!str Secret',
  '!!str kind: Secret',
  'kind: &k Secret',
  '&k kind: Secret',
  'kind: >-\n  Secret',
  'kind: |-\n  Secret',
  'kind:\n  Secret',
  'kind:\tSecret',
  'kind:\n  # c\n  Secret',
  '? kind\n: Secret',
  '? "kind"\n: Secret',
  '<<: {kind: Secret}',
  'x: &k Secret\nkind: *k',
  'x: &k kind\n*k : Secret',
  'x: &m {kind: Secret}\n<<: *m',
  'kind: ConfigMap\nkind: Secret',
  'kind: Secret\nkind: ConfigMap',
  'a: "\nkind: ConfigMap\nb: c"\nkind: Secret',
  'a: "\nkind: ConfigMap\nb: c"\n"kind": Secret',
  "a: '\nkind: ConfigMap\nb: c'\n? kind\n: Secret",
  'a: {\nkind: ConfigMap}\nkind : Secret',
  'kind: Config\rkind: Secret',
  'kind: Config\u2028kind: Secret',
  'kind: Config\x85kind: Secret',
];

t.test('parses whatever could spell the kind of a Secret', async (t) => {
  const rest = 'metadata: {name: a}\nstringDatas: {}\n';
  for (const kind of HIDDEN)
    for (const text of [
      `apiVersion: v1\n${kind}\n${rest}`,
      `${kind}\n${rest}apiVersion: v1\n`,
      `---\n${kind}\napiVersion: v1\n`,
      `  apiVersion: v1\n  ${kind.replaceAll('\n', '\n  ')}\n`,
    ])
      for (const document of text.split('---\n'))
        t.equal(document !== '' && isOtherKind(document), false, escaped(document));
  for (const text of [
    '{kind: Secret, apiVersion: v1}',
    '{"kind":"Secret","apiVersion":"v1"}',
    'kind: List\nitems:\n- kind: Secret\n',
    'kind: ConfigMap\nitems:\n- kind: Secret\n',
    'kind: SecretList\nitems: []\n',
    'kind: Secrets\n',
    'kind: SealedSecret\n',
    'kind: ExternalSecret\n',
    'stringData: {}\n',
    '  a: "\nkind: ConfigMap\nb: c"\n  kind: Secret\n',
    '- kind: Secret\n',
    '',
    '\n',
  ])
    t.equal(isOtherKind(text), false, escaped(text));
});

t.test('never passes over an object that lockstep knows, whatever the lines are', async (t) => {
  const lines = fc.constantFrom(
    ...HIDDEN,
    ...[
      'apiVersion: v1',
      'kind: ConfigMap',
      'kind: Secret',
      'metadata:',
      '  name: a',
      'stringData:',
      '  A: b',
      'items:',
    ],
    ...[
      '- kind: Secret',
      '  apiVersion: v1',
      '- a',
      '# c',
      '',
      'a: "',
      'b"',
      "c: '",
      "d'",
      'e: {',
      '}',
      'f: [',
      ']',
      'g: |',
      'h: >-',
    ],
    ...[
      '  kind: Secret',
      '  kind: ConfigMap',
      '   ',
      'b: c"',
      "b: c'",
      'x: y}',
      'kind: ConfigMap }',
      '...',
      '\t',
      'i: j: k',
      '? x',
      ': y',
    ],
    ...[
      '"a',
      'b": c',
      'kind: ConfigMap"',
      '  "',
      'apiVersion: kustomize.config.k8s.io/v1',
      'kind: Kustomization',
      'kind: null',
      '*k',
      '&m',
    ],
  );
  let passed = 0;
  await fc.assert(
    fc.property(
      fc.array(lines, { maxLength: 12 }),
      fc.constantFrom('\n', '\n', '\r\n', '\n  '),
      (parts, newline) => {
        const text = parts.join(newline);
        if (!isOtherKind(text)) return true;
        passed += 1;
        return kindsIn(text).every((kind) => kind === 'other');
      },
    ),
    { numRuns: 30_000 },
  );
  t.ok(passed > 50, `${passed} documents were passed over`);
});

const JSON_SECRETS = [
  '{"kind":"Secret","apiVersion":"v1"}',
  '{"kind" : \n "Secret","apiVersion":"v1"}',
  '{"kind":"ConfigMap","kind":"Secret","apiVersion":"v1"}',
  '{"kind":"Secret","kind":"ConfigMap","apiVersion":"v1"}',
  '{"\\u006bind":"Secret","apiVersion":"v1"}',
  '{"kind":"Secre\\u0074","apiVersion":"v1"}',
  '{"kind":"List","items":[{"kind":"Secret","apiVersion":"v1"}]}',
  '{"kind":"SecretList","apiVersion":"v1","items":[{"metadata":{"name":"a"}}]}',
  '{"stringData":{}}',
  '{"string\\u0044ata":{}}',
  '{"kind":"SealedSecret"}',
  '{"kind":"ExternalSecret"}',
  '{"kind":"Kustomization"}',
  '{"apiVersion":"kustomize.config.k8s.io/v1beta1"}',
];

t.test('passes over JSON without a Secret at any depth', async (t) => {
  for (const text of [
    '{"kind":"ClusterRole","rules":[{"resources":["secrets"]}]}',
    '{"kind":"CustomResourceDefinition","spec":{"kind":{"type":"string"},"text":"\\u003cb\\u003e a secret"}}',
    '{"name":"secret-manager","version":"1.0.0"}',
    ' {"kind":"List","items":[{"kind":"Pod"}]} \n',
  ])
    t.equal(isOtherJson(text), true, escaped(text));
  for (const text of [...JSON_SECRETS, '{"kind":"Pod"', '{"kind":"Pod"}{"kind":"Pod"}', '{kind: Pod}'])
    t.equal(isOtherJson(text), false, escaped(text));
});

t.test('never passes over JSON that lockstep knows, whatever its parts are', async (t) => {
  const parts = fc.constantFrom(
    ...JSON_SECRETS,
    ...JSON_SECRETS.map((text) => text.slice(1, -1)),
    ...['{', '}', '[', ']', ',', ' ', '\n', '"items":', '"kind"', ':', '"Secret"', '"ConfigMap"', '"v1"'],
    ...['"apiVersion":', '"a":', '{"kind":"Pod"}', '"kind":"Pod"', '"\\""', '"\\\\"', '{"items":['],
  );
  let passed = 0;
  await fc.assert(
    fc.property(fc.array(parts, { maxLength: 10 }), (pieces) => {
      const text = pieces.join('');
      for (const spelling of [text, `{${text}}`, `{${pieces.join(',')}}`]) {
        if (!isOtherJson(spelling)) continue;
        passed += 1;
        if (kindsIn(spelling).some((kind) => kind !== 'other' && kind !== 'fault')) return false;
      }
      return true;
    }),
    { numRuns: 30_000 },
  );
  t.ok(passed > 50, `${passed} documents were passed over`);
});

t.test(
  'a large JSON file of a folder without a Secret is an object, and its neighbours are read',
  async (t) => {
    const dir = t.testdir({
      'crd.json': '{"kind":"CustomResourceDefinition","spec":{"a":"secrets"}}',
      'broken.json': '{"kind":"Pod","a":"secrets"',
      'secret.json': '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a"}}',
    });
    const files = await read([dir]);
    t.same(
      files.map(({ secrets, errors, hints }) => [
        secrets.length,
        errors.length,
        ...hints.map(({ kind }) => kind),
      ]),
      [
        [0, 0, 'no-manifest'],
        [0, 0],
        [1, 0],
      ],
    );
    const [given] = await read([`${dir}/crd.json`]);
    t.same([given?.secrets.length, given?.errors.length], [0, 0]);
  },
);

t.test('a fault is harmless only if nothing in the file could be a Secret', async (t) => {
  for (const text of [
    'on: push\njobs:\n  a: ${{ secrets.TOKEN }}\n b: [',
    'kind: ConfigMap\na: [\n',
    'markdown_extensions:\n  - x: !!python/name:a.b\n kind: Deployment\n',
    'a: {{ .Values.a }}\n',
  ])
    t.equal(mayBeSecret(text), false, escaped(text));
  for (const kind of HIDDEN.filter((hidden) => !hidden.includes('*k :')))
    t.equal(mayBeSecret(`${kind}\na: [`), true, escaped(kind));
  for (const text of ['kind: {{ .Values.kind }}\n', 'stringData: [', 'kind: externalsecret\n'])
    t.equal(mayBeSecret(text), true, escaped(text));
});

t.test('a file that is no manifest is a hint, and one that could be a Secret is an error', async (t) => {
  const dir = t.testdir({
    'crd.yaml': `${CRD}---\n${aSecret()}`,
    'mkdocs.yaml': 'nav: [a\n',
    'secret.yaml': aSecret('stringData: [\n'),
    'both.yaml': `${aSecret()}---\na: [1\n`,
  });
  const files = await read([dir, `${dir}/mkdocs.yaml`]);
  t.same(
    files.map(({ file, secrets, errors, hints }) => [
      file.replace(`${dir}/`, ''),
      secrets.length,
      errors.length,
      ...hints.map(({ kind, line }) => `${kind} ${line}`),
    ]),
    [
      ['both.yaml', 1, 1],
      ['crd.yaml', 1, 0],
      ['mkdocs.yaml', 0, 0],
      ['secret.yaml', 0, 1],
      ['mkdocs.yaml', 0, 0, 'no-manifest 1'],
    ],
  );
  const [piped] = await read(['-'], { stdin: 'Error: accumulating resources: no such file\n' });
  t.equal(piped?.errors.length, 1, 'a command that failed before the pipe stays an error');
});
