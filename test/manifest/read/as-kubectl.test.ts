import { Buffer } from 'node:buffer';
import t from 'tap';
import type { ManifestFileContent } from '../../../src/manifest/read/read.ts';
import { readManifests } from '../../../src/manifest/read/read.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { shapes } from './shapes.ts';

const cluster = await aCluster(t);
// kubectl takes a tenth of a second, most of it waiting.
t.jobs = 4;

async function read(bytes: string | Uint8Array): Promise<ManifestFileContent> {
  const stdin = async (): Promise<Uint8Array> => Buffer.from(bytes);
  for await (const file of readManifests(['-'], { namespace: undefined, allowReferences: false, stdin }))
    return file;
  throw new Error('standard input was not read');
}

/** `name: {key: base64}` of each Secret that the API server would store, or undefined where it or kubectl refuses one. */
async function asKubectl(manifest: string): Promise<Record<string, Record<string, string>> | undefined> {
  const args = ['apply', '--dry-run=server', '-o', 'json', '-f', '-'];
  const { stdout, exitCode } = await cluster.kubectl(args, { input: manifest });
  if (exitCode !== 0) return undefined;
  const printed = JSON.parse(stdout);
  const objects: readonly { kind: string; metadata: { name: string }; data?: Record<string, string> }[] =
    printed.kind === 'List' ? printed.items : [printed];
  return Object.fromEntries(
    objects.filter(({ kind }) => kind === 'Secret').map(({ metadata, data = {} }) => [metadata.name, data]),
  );
}

const dataOf = ({ secrets }: ManifestFileContent): Record<string, Record<string, string>> =>
  Object.fromEntries(
    secrets.map(({ secret }) => [
      secret.name,
      Object.fromEntries([...secret.data].map(([key, value]) => [key, value.reveal()])),
    ]),
  );

const refusals = ({ secrets, errors }: ManifestFileContent): readonly string[] => [
  ...errors.map(({ line, message }) => `${line}: ${message}`),
  ...secrets
    .flatMap(({ faults }) => faults.filter(({ refused }) => refused))
    .map(({ rule, key }) => `${rule} ${key}`),
];

for (const [name, manifest] of Object.entries(shapes)) {
  t.test(`kubectl and lockstep agree on ${name}`, { buffered: true }, async (t) => {
    const [stored, file] = await Promise.all([asKubectl(manifest), read(manifest)]);
    if (stored === undefined) {
      t.not(refusals(file).length, 0, 'what kubectl refuses is a fault');
      return;
    }
    t.same(refusals(file), [], 'what kubectl takes is no fault');
    t.same(dataOf(file), stored);
  });
}
