import t from 'tap';
import { only, readText, rulesOf } from '../../helpers/commands/manifest-text.ts';

/** What is refused and what is not is compared with a real API server in as-api-server.test.ts. */
const faultsIn = async (lines: string, options = {}) =>
  only(await readText(`apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n${lines}`, options)).faults;
const sentencesIn = async (lines: string): Promise<readonly string[]> =>
  (await faultsIn(lines)).map(({ key, message, fix }) => `${key} ${message}: ${fix}`);

t.test('a fault of the metadata names the field, in one sentence that says what to do', async (t) => {
  t.same(await sentencesIn('  labels: {app: my app}\n'), [
    'metadata.labels[app] has a value that Kubernetes does not allow: use at most 63 letters, digits, "-", "_" and ".", and begin and end with a letter or a digit',
  ]);
  t.same(await sentencesIn(`  labels: {example.com/app: ${'a'.repeat(64)}}\n`), [
    'metadata.labels[example.com/app] has a value of more than 63 characters: use at most 63 letters, digits, "-", "_" and ".", and begin and end with a letter or a digit',
  ]);
  t.match(await sentencesIn('  annotations: {my note: x}\n'), [
    /^metadata\.annotations\[my note\] is no annotation name that Kubernetes allows: /,
  ]);
  t.same(await sentencesIn(`  annotations: {a: ${'x'.repeat(262_144)}}\n`), [
    'metadata.annotations hold more than 256 KiB together: move large content into a ConfigMap, or into data',
  ]);
  t.same(await sentencesIn('  finalizers: [cleanup]\n'), [
    'metadata.finalizers[0] is no finalizer that Kubernetes allows: write a domain and a name: example.com/cleanup',
  ]);
  t.same(await sentencesIn('  ownerReferences: [{apiVersion: v1, kind: Pod, name: x}]\n'), [
    'metadata.ownerReferences[0].uid is missing: set the uid of the owner',
  ]);
  t.same(await sentencesIn('  creationTimestamp: today\n'), [
    'metadata.creationTimestamp is no time of the form 2027-03-01T00:00:00Z: remove it, because the API server sets it',
  ]);
});

t.test('each fault has its own place', async (t) => {
  const text =
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  labels:\n    a: b c\n    d: 1\n  finalizers:\n  - a.b/c\n  - a.b/c\n' +
    '  ownerReferences:\n  - apiVersion: v1\n    kind: Pod\n    name: x\n    uid: u\n    owner: x\n';
  t.same(rulesOf(only(await readText(text))), [
    '6:5 invalid-metadata metadata.labels[a]',
    '7:5 not-a-string metadata.labels[d]',
    '10:5 invalid-metadata metadata.finalizers[1]',
    '16:5 unknown-field metadata.ownerReferences[0].owner',
  ]);
});

t.test('no sentence holds the value of a label or of an annotation, or a long key', async (t) => {
  const canary = 'orchid lantern basalt';
  const lines = `  labels: {a: ${canary}}\n  annotations: {"b c": ${canary}}\n`;
  t.notMatch((await sentencesIn(lines)).join(), canary);
  const [sentence = ''] = await sentencesIn(`  labels: {"${'k'.repeat(100_000)}": x}\n`);
  t.ok(sentence.length < 700, 'a long key is cut');
});

t.test('a reference for a later renderer is no fault where references are allowed', async (t) => {
  const lines =
    '  labels: {app: "${APP}", "${KEY}": x}\n  annotations: {"${A}/b": x}\n  finalizers: ["${F}"]\n' +
    '  ownerReferences: [{apiVersion: "${G}/a/b", kind: "${K}", name: "${N}", uid: "${U}"}]\n';
  t.same(await faultsIn(lines, { allowReferences: true }), []);
  t.same(
    (await faultsIn(lines)).map(({ rule }) => rule),
    [
      'unrendered-template',
      'unrendered-template',
      'unrendered-template',
      'unrendered-template',
      'invalid-metadata',
    ],
  );
});

t.test('a hundred thousand faults are fifty findings', async (t) => {
  const labels = Array.from({ length: 100_000 }, (_, index) => `    "l ${index}": x\n`).join('');
  t.equal((await faultsIn(`  labels:\n${labels}`)).length, 50);
  const owners = '  - {kind: 5}\n'.repeat(50_000);
  t.equal((await faultsIn(`  ownerReferences:\n${owners}`)).length, 50);
});
