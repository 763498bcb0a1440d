import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readManifests } from '../../../src/manifest/read/read.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { checkOutput } from '../../helpers/commands/commands.ts';
import { createShapes, type ServerShape, serverShapes } from './server-shapes.ts';

/*
 * `lockstep check` and a dry run on a real API server see the same Secrets, one a file. They must refuse the same ones.
 * No policy takes part.
 */
const cluster = await aCluster(t);
await cluster.mustRun(['create', 'namespace', 'a'.repeat(63)]);

const BUILTINS = readdirSync(new URL('../../../manifests/policies', import.meta.url)).map((file) =>
  file.replace('.yaml', ''),
);

const fileOf = (index: number): string => `${String(index).padStart(4, '0')}.json`;

/** kubectl prints what it accepts by name. So each Secret has one of its own, unless its name is the subject. */
function withOwnName({ manifest }: ServerShape, index: number): ServerShape['manifest'] {
  const { metadata } = manifest;
  const isNamed = typeof metadata === 'object' && metadata !== null && 'name' in metadata;
  return isNamed && metadata.name === 'app'
    ? { ...manifest, metadata: { ...metadata, name: `app-${index}` } }
    : manifest;
}

const nameIn = (manifest: ServerShape['manifest']): unknown =>
  (manifest.metadata as { readonly name?: unknown } | null | undefined)?.name;

interface Written {
  readonly dir: string;
  readonly manifests: readonly ServerShape['manifest'][];
}

function write(folder: string, shapes: readonly ServerShape[]): Written {
  const dir = join(cluster.dir, folder);
  mkdirSync(dir);
  const manifests = shapes.map(withOwnName);
  for (const [index, manifest] of manifests.entries())
    writeFileSync(join(dir, fileOf(index)), JSON.stringify(manifest));
  return { dir, manifests };
}

/** The positions of the Secrets that `kubectl apply` accepts. */
async function appliedBy({ dir, manifests }: Written): Promise<ReadonlySet<number>> {
  const args = ['apply', '--server-side', '--dry-run=server', '-f', dir, '-o', 'name'];
  const { stdout } = await cluster.kubectl(args);
  const names = new Set(stdout.trim().split('\n'));
  const isAccepted = (name: unknown): boolean => typeof name === 'string' && names.has(`secret/${name}`);
  return new Set(manifests.flatMap((manifest, index) => (isAccepted(nameIn(manifest)) ? [index] : [])));
}

/** `kubectl create` names the file of each Secret that it refuses. */
async function createdBy({ dir, manifests }: Written): Promise<ReadonlySet<number>> {
  const { stdout, stderr } = await cluster.kubectl(['create', '--dry-run=server', '-f', dir, '-o', 'name']);
  const accepted = manifests.flatMap((_, index) =>
    stderr.includes(join(dir, fileOf(index))) ? [] : [index],
  );
  if (stdout.trim().split('\n').length !== accepted.length)
    throw new Error(`a refusal names no file: ${stderr}`);
  return new Set(accepted);
}

async function allowedByCheck({ dir }: Written): Promise<ReadonlySet<number>> {
  const manifests = {
    read: (paths: readonly string[], options: object) =>
      readManifests(paths, {
        namespace: undefined,
        allowReferences: false,
        ...options,
        stdin: async () => new Uint8Array(),
      }),
    bytesOf: async () => new Uint8Array(),
  };
  const { stdout } = await checkOutput(manifests, [dir], { format: 'json', builtin: BUILTINS });
  const { secrets } = JSON.parse(stdout) as {
    readonly secrets: readonly { file: string; verdict: string }[];
  };
  return new Set(
    secrets
      .filter(({ verdict }) => verdict !== 'deny')
      .map(({ file }) => Number(file.slice(dir.length + 1, -5))),
  );
}

function disagreements(
  shapes: readonly ServerShape[],
  byServer: ReadonlySet<number>,
  byCheck: ReadonlySet<number>,
): readonly string[] {
  return shapes.flatMap(({ name, manifest }, index) => {
    if (byServer.has(index) === byCheck.has(index)) return [];
    const who = byServer.has(index) ? 'only check refuses' : 'only the API server refuses';
    return [`${who}: ${name}: ${JSON.stringify(manifest).slice(0, 300)}`];
  });
}

t.test('check refuses what kubectl apply --server-side refuses, and nothing else', async (t) => {
  const written = write('apply', serverShapes);
  const [byServer, byCheck] = await Promise.all([appliedBy(written), allowedByCheck(written)]);
  t.same(disagreements(serverShapes, byServer, byCheck), []);
  t.ok(byServer.size > 150, 'the table is no test if all of it is refused');
  t.ok(serverShapes.length - byServer.size > 150, 'nor if all of it is accepted');
});

t.test('check refuses what kubectl create refuses of a Secret with generateName', async (t) => {
  const written = write('create', createShapes);
  const [byServer, byCheck] = await Promise.all([createdBy(written), allowedByCheck(written)]);
  t.same(disagreements(createShapes, byServer, byCheck), []);
});
