import t from 'tap';
import { aSecret, only, readText, rulesOf, textOf } from '../../helpers/commands/manifest-text.ts';

t.test('each fault of the form has its place, and says whether it is refused', async (t) => {
  const secret = only(
    await readText(
      'apiVersion: v2\nkind: Secret\nmetadata:\n  nme: a\n  labels: {a: 1}\nimmutable: "yes"\nstringdata: {}\n' +
        'data:\n  A: no base64\n  B: eA==\nstringData:\n  B: x\n  C: 5\n  D: [x]\n  E:\n  Y: x\n  F: x\n  F: z\n  "a b": x\n',
    ),
  );
  t.same([...rulesOf(secret)].sort(), [
    '10:3 duplicate-key B (taken)',
    '13:3 not-a-string C',
    '14:3 not-a-string D',
    '15:3 dropped-value E (taken)',
    '16:3 coerced-key true (taken)',
    '17:3 duplicate-key F (taken)',
    '19:3 invalid-key a b',
    '1:1 unknown-kind apiVersion',
    '3:1 missing-name ',
    '4:3 unknown-field metadata.nme',
    '5:12 not-a-string metadata.labels[a]',
    '6:1 not-a-string immutable',
    '7:1 unknown-field stringdata',
    '9:3 invalid-base64 A',
  ]);
  t.match(
    secret.faults.find(({ key }) => key === 'stringdata'),
    { fix: /stringData/ },
  );
});

t.test('a Secret of another group is passed over, one of almost this kind is not', async (t) => {
  const of = (apiVersion: string, kind: string): string =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`;
  for (const other of [
    of('vault.example.com/v1', 'Secret'),
    of('v1', 'ConfigMap'),
    of('v1', 'SecretThing'),
    'a: 1\n',
  ])
    t.same((await readText(other)).secrets, []);
  for (const almost of [
    of('v1', 'secret'),
    of('v1', 'Secrets'),
    of('core/v1', 'Secret'),
    'stringData: {A: x}\n',
  ])
    t.ok(
      only(await readText(almost)).faults.some(({ rule }) => rule === 'unknown-kind'),
      almost,
    );
});

t.test('ciphertext is skipped, without a fault', async (t) => {
  const sops = only(await readText(aSecret('stringData:\n  A: ENC[AES256_GCM,data:x]\nsops:\n  mac: x\n')));
  t.same([sops.skipped, sops.secret.data.size, sops.faults], ['sops', 0, []]);
  const plain = only(await readText(aSecret('stringData:\n  A: text\nsops:\n  mac: x\n')));
  t.same([plain.skipped, plain.secret.data.size, plain.faults.length], [undefined, 1, 1], 'no ciphertext');
  const sealed = await readText(
    'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\nspec: {}\n',
  );
  t.same([only(sealed).skipped, only(sealed).ref], ['sealed-secret', 'default/a']);
});

t.test(
  'a reference for a later renderer is a value, and breaks neither name nor base64 where it is allowed',
  async (t) => {
    const text = aSecret('data:\n  A: <path:kv/data/app#a>\n  B: ${B}\n', '${APP}-secrets').replace(
      '  name:',
      '  namespace: ${NS}\n  name:',
    );
    const strict = only(await readText(text));
    t.same(rulesOf(strict), [
      '5:3 unrendered-template metadata.name',
      '4:3 unrendered-template metadata.namespace',
      '7:3 invalid-base64 A',
      '8:3 invalid-base64 B',
    ]);
    const allowed = only(await readText(text, { allowReferences: true }));
    t.same(rulesOf(allowed), []);
    t.equal(textOf(allowed, 'A'), '<path:kv/data/app#a>');
    t.equal(textOf(allowed, 'B'), '${B}');
  },
);
