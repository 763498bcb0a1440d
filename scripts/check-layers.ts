import { cp, glob, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/**
 * Checks the layer rules, and proves that they can fail. dependency-cruiser passes without a message if it sees no
 * TypeScript file. So a copy of the tree first gets these breaches, each by a type alone. All must be found.
 */
const BREACHES: readonly (readonly [rule: string, file: string, imported: string])[] = [
  ['engine-is-pure', 'src/engine/reads-files.ts', 'node:fs'],
  ['engine-is-pure', 'src/engine/knows-others.ts', '../errors/errors.ts'],
  ['engine-has-only-its-rooms', 'src/engine/secret/looks-out.ts', '../reads-files.ts'],
  ['engine-secret-imports-no-later-room', 'src/engine/secret/judges.ts', '../value/placeholder/classify.ts'],
  ['engine-value-imports-no-later-room', 'src/engine/value/compiles.ts', '../policy/policy.ts'],
  ['engine-policy-imports-no-later-room', 'src/engine/policy/decides.ts', '../review/decide/decide.ts'],
  ['engine-review-imports-no-later-room', 'src/engine/review/restarts.ts', '../workloads/rollout/rollout.ts'],
  [
    'engine-workloads-imports-no-later-room',
    'src/engine/workloads/heals.ts',
    '../versions/reconcile/next-write.ts',
  ],
  ['engine-versions-imports-no-later-room', 'src/engine/versions/logs-in.ts', '../login/change/phases.ts'],
  ['engine-login-imports-no-later-room', 'src/engine/login/audits.ts', '../diagnosis/check-result.ts'],
  ['no-sideways', 'src/admission/looks-aside.ts', '../tls/ca.ts'],
  ['no-sideways', 'src/admission/asks-database.ts', '../postgres/protocol/login.ts'],
  ['protocol-knows-no-server', 'src/controllers/credential/sets.ts', '../postgres/postgres-server.ts'],
  ['protocol-knows-no-server', 'src/engine/login/change/names.ts', '../postgres/alternate-role.ts'],
  ['nobody-imports-commands-but-main', 'src/kube/looks-up.ts', '../commands/certs/certs.ts'],
  ['commands-are-apart', 'src/commands/audit/heals.ts', '../heal/heal.ts'],
  ['metrics-observe', 'src/metrics/asks.ts', '../kube/client/connect.ts'],
  ['only-commands-import-metrics', 'src/controllers/queue/counts.ts', '../../metrics/admission.ts'],
  ['no-circular-folders', 'src/engine/policy/schema/compiles.ts', '../compile/consistency.ts'],
  ['no-circle-with-sub-folder', 'src/engine/policy/schema/looks-up.ts', '../policy.ts'],
  ['no-circle-with-folder-above', 'src/engine/value/uri/looks-down.ts', './rewrite/rewrite.ts'],
  ['yaml-only-in-manifest', 'src/admission/reads-yaml.ts', 'yaml'],
  ['@kubernetes/client-node-only-in-kube', 'src/tls/calls.ts', '@kubernetes/client-node'],
];

/** A password change is the same on each server. `oid` is a field of the stored record. */
const PROTOCOL =
  'src/{controllers/credential,engine/{secret/record,workloads/rollout,versions/rollback,login/{change,copies,status}}}/**/*.ts';
const SERVER_WORDS = /AlternatingUsers|SingleUser|(?<!readonly )\boid\b/;

const CONFIG = '.dependency-cruiser.cjs';
const root = dirname(import.meta.dirname);
const cruise = (cwd: string) =>
  execa('depcruise', ['src', '--config', CONFIG, '--output-type', 'err'], {
    cwd,
    localDir: root,
    preferLocal: true,
    reject: false,
    all: true,
  });

const copy = await mkdtemp(join(tmpdir(), 'lockstep-layers-'));
try {
  for (const entry of ['src', 'package.json', 'tsconfig.json', CONFIG])
    await cp(join(root, entry), join(copy, entry), { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const [, file, imported] of BREACHES)
    await writeFile(join(copy, file), `import type * as other from '${imported}';\nexport { other };\n`);
  const { all } = await cruise(copy);
  for (const [rule, file] of BREACHES)
    if (![file, `${dirname(file)} `].some((place) => all.includes(`${rule}: ${place}`)))
      throw new Error(`the layer check is blind: ${file} did not break ${rule}\n${all}`);
} finally {
  await rm(copy, { recursive: true, force: true });
}
for await (const file of glob(PROTOCOL, { cwd: root }))
  if (SERVER_WORDS.test(await readFile(join(root, file), 'utf8')))
    throw new Error(`${file} names what only one kind of server has: use the port of a server`);
const { exitCode, all } = await cruise(root);
console.log(all.trim());
process.exitCode = exitCode ?? 1;
