import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import t from 'tap';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { ROOT, serve, start } from '../../helpers/cluster/lockstep.ts';
import { GOOD } from '../../helpers/engine/engine.ts';

// Every command from the packed npm package: a bundle can go wrong in ways that the source can't.
const folder = mkdtempSync(join(tmpdir(), 'lockstep-packed-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
// `npm run build` has run before.
const packed = await execa('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
  cwd: ROOT,
  env: { NODE_OPTIONS: '' },
});
const [{ filename }] = JSON.parse(packed.stdout);
await execa('tar', ['-xzf', join(folder, filename), '-C', folder]);
const program = join(folder, 'package', 'dist', 'lockstep.js');

const { cluster } = await aClusterWithLockstep(t);
const { kubeconfig } = cluster;
/** One value under two sensitive keys: `same-value` compares two values of the engine. */
const SHARED = `apiVersion: v1
kind: Secret
metadata: { name: shared, namespace: default }
stringData: { SESSION_SECRET: ${GOOD.password}, COOKIE_SECRET: ${GOOD.password} }
`;
await cluster.apply(SHARED, '--server-side');
const file = join(folder, 'shared.yaml');
writeFileSync(file, SHARED);
const policies = join(ROOT, 'manifests', 'policies');

interface Run {
  readonly args: readonly string[];
  /** Part of the output or of the error. */
  readonly says: RegExp;
  /** 0 by default. */
  readonly exits?: number;
}

const OF_FILES: readonly Run[] = [
  { args: ['check', file], says: /same value/ },
  { args: ['check', file, '--format', 'sarif'], says: /"results"/ },
  { args: ['check', file, '--connect'], says: /same value/ },
  { args: ['render', file], says: /SESSION_SECRET/ },
  { args: ['render', file, '--diff'], says: /same value/ },
  { args: ['generate', '--policy', 'jwt-keys', '--name', 'app'], says: /JWT_SECRET/ },
  { args: ['policy', 'list'], says: /reconciliation/ },
  { args: ['policy', 'show', 'reconciliation'], says: /DATABASE_URL/ },
  { args: ['policy', 'floor'], says: /ValidatingAdmissionPolicy/ },
];
const OF_CLUSTER: readonly Run[] = [
  { args: ['audit'], says: /shared/ },
  { args: ['doctor', 'default/shared'], says: /SESSION_SECRET/ },
  { args: ['doctor'], says: /webhook/i },
  { args: ['history', 'default/shared'], says: /has no record/, exits: 2 },
  { args: ['heal', 'default/shared'], says: /shared/ },
  { args: ['rollback', 'default/shared'], says: /has no record/, exits: 2 },
  { args: ['rotate', 'default/shared'], says: /nothing is rotated/, exits: 2 },
  { args: ['probe'], says: /reaches/ },
  { args: ['version'], says: /Kubernetes/ },
  { args: ['certs'], says: /reads Secret/, exits: 2 },
];
const ALONE: readonly Run[] = [
  { args: ['explain', 'placeholder'], says: /placeholder/ },
  { args: ['policy', 'validate', policies], says: /polic/ },
  { args: ['policy', 'test', policies], says: /there are no cases/, exits: 2 },
  {
    args: ['init-db', '--data-dir', join(folder, 'absent')],
    says: /POSTGRES_PASSWORD has no value/,
    exits: 1,
  },
  { args: ['version', '--client'], says: /Node/ },
  { args: ['completion', 'bash'], says: /complete/ },
  { args: ['--help'], says: /Usage/ },
];

const env = { KUBECONFIG: kubeconfig, HOME: folder };
for (const [name, runs, options] of [
  ['without a cluster', [...OF_FILES, ...ALONE], []],
  ['with the policies of a cluster', OF_FILES, ['--context', 'testbed']],
  ['with a cluster', OF_CLUSTER, ['--context', 'testbed']],
] as const)
  t.test(`each command of the packed program answers, ${name}`, async (t) => {
    for (const { args, says, exits = 0 } of runs) {
      const all = [...args, ...options];
      const released = start(t, { file: process.execPath, args: [program, ...all], env });
      const title = all.join(' ').replaceAll(folder, '');
      const exitCode = await released.exited;
      const output = released.stdout() + released.stderr();
      t.equal(exitCode, exits, `${title}: ${released.stderr().slice(0, 200)}`);
      t.ok(says.test(output), `${title}: ${output.slice(0, 200)}`);
      t.notMatch(released.stderr(), /an error of its own/, title);
    }
  });

t.test('the packed webhook serves, and stops on a signal', async (t) => {
  const fromPackage = (args: readonly string[], variables: Readonly<Record<string, string>>) =>
    start(t, { file: process.execPath, args: [program, ...args], env: variables });
  const certDir = t.testdir();
  const served = await serve(t, ['--cert-dir', certDir], {}, fromPackage);
  served.child.kill('SIGTERM');
  t.equal(await served.exited, 0, served.stderr());
});
