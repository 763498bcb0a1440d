import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgramName } from './testbed/modules.ts';

const ROOT = join(import.meta.dirname, '..');

/**
 * Which command runs a test file: `npm test` runs `fast`; `npm run test:all` runs `fast` and `slow`; a file that is `apart` has a command of
 * its own. Exactly one of them, since it is a function of the path; tiers.test.ts finds names below that have become wrong.
 */
export type Tier = 'fast' | 'slow' | 'apart';

export function tierOf(file: string): Tier {
  if (APART.some((folder) => file.startsWith(folder))) return 'apart';
  if (SLOW.includes(file)) return 'slow';
  if (file.startsWith(SLOW_FOLDER) && !FAST.includes(file)) return 'slow';
  return 'fast';
}

/** Every test file of the tier, relative to the repository, in the order of the alphabet. */
export const filesOf = (tier: Tier | 'oldest'): readonly string[] =>
  tier === 'oldest'
    ? OLDEST
    : globSync('test/**/*.test.ts', { cwd: ROOT })
        .filter((file) => tierOf(file) === tier)
        .sort();

/** The programs that the tests of a tier start. A test that starts another one fails with the command that builds it. */
export const PROGRAMS_OF: Readonly<Record<'fast' | 'slow' | 'oldest', readonly ProgramName[]>> = {
  fast: ['kube-apiserver', 'kubectl', 'kube-controller-manager', 'etcd', 'kwok', 'redis-server'],
  slow: [
    'kube-apiserver',
    'kubectl',
    'kube-controller-manager',
    'etcd',
    'kwok',
    'helm',
    'sprig',
    'redis-server',
  ],
  oldest: ['kube-apiserver', 'kubectl', 'kube-controller-manager', 'etcd', 'kwok', 'helm'],
};

/** `npm run crash-matrix`, `test:gitops`, `test:image`, `test:release`, `test:browser`, `test:floor` and `test:charts`. */
export const APART: readonly string[] = [
  'test/crash-matrix/',
  'test/gitops/',
  'test/image/',
  'test/browser/',
  'test/release/',
  'test/floor/',
  'test/public-charts/',
];

/** A new file here is slow until it is named in FAST. */
export const SLOW_FOLDER = 'test/cluster/';

/** What a change breaks first, each on a real API server: admission, policies, the controller, a password. */
export const FAST: readonly string[] = [
  'test/cluster/admission/denial.test.ts',
  'test/cluster/admission/writes.test.ts',
  'test/cluster/controller/heal.test.ts',
  'test/cluster/credential/lifecycle.test.ts',
  'test/cluster/policy/policies.test.ts',
];

/** Elsewhere a file is fast, unless it takes over ten seconds or needs a program that takes long to build. */
export const SLOW: readonly string[] = [
  'test/admission/http/idle-sockets.test.ts',
  'test/admission/http/memory.test.ts',
  'test/admission/http/server.test.ts',
  'test/admission/http/sockets.test.ts',
  'test/admission/policy-review/memory.test.ts',
  'test/commands/certs/certs.test.ts',
  'test/commands/check/connect.test.ts',
  'test/commands/check/hostile-files.test.ts',
  'test/commands/check/unquoted-values.test.ts',
  'test/commands/cluster-faults.test.ts',
  'test/commands/init-db/init-db.test.ts',
  'test/commands/init-db/server.test.ts',
  'test/commands/serve/attacks.test.ts',
  'test/commands/serve/metrics-port.test.ts',
  'test/commands/serve/serve.test.ts',
  'test/contract/tls-pairs.test.ts',
  'test/controllers/credential/admin-server.test.ts',
  'test/controllers/credential/edit.test.ts',
  'test/controllers/credential/reconciler.test.ts',
  'test/controllers/redis/redis-server.test.ts',
  'test/demo.test.ts',
  'test/dockerfile.test.ts',
  'test/engine/review/decide/go-template.test.ts',
  'test/engine/review/decide/hostile.test.ts',
  'test/engine/review/decide/on-change-histories.test.ts',
  'test/engine/review/decide/properties.test.ts',
  'test/engine/review/decide/validation-memory.test.ts',
  'test/engine/review/decide/what-lockstep-changes.test.ts',
  'test/engine/review/decide/worst-inputs.test.ts',
  'test/engine/value/embedded/hostile.test.ts',
  'test/engine/diagnosis/find-value/search.test.ts',
  'test/engine/login/in-secret/logins.test.ts',
  'test/engine/value/placeholder/million-values.test.ts',
  'test/engine/value/placeholder/random-values.test.ts',
  'test/engine/versions/key-rotation/rotation-properties.test.ts',
  'test/engine/value/uri/postgres-strings.test.ts',
  'test/kube/secrets/release-fields.test.ts',
  'test/manifest/read/as-api-server.test.ts',
  'test/manifest/read/as-kubectl.test.ts',
  'test/manifest/read/hostile.test.ts',
  'test/manifest/read/metadata-faults.test.ts',
  'test/manifests/helm.test.ts',
  'test/postgres/new-database.test.ts',
  'test/postgres/protocol/channel-binding.test.ts',
  'test/postgres/protocol/login.test.ts',
  'test/postgres/protocol/malformed.test.ts',
  'test/postgres/protocol/scram.test.ts',
  'test/postgres/protocol/tls.test.ts',
  'test/postgres/roles/make-alternate.test.ts',
  'test/postgres/roles/role-facts.test.ts',
  'test/postgres/roles/server-facts.test.ts',
  'test/postgres/roles/session.test.ts',
  'test/postgres/roles/set-password.test.ts',
  'test/postgres/roles/suppress-logging.test.ts',
  'test/redis/hostile.test.ts',
];

/**
 * `npm run test:oldest` runs these files of both tiers on the oldest Kubernetes that the README names. Each depends on
 * the API server or kubectl in a way that can differ between versions.
 */
export const OLDEST: readonly string[] = [
  // Installation and uninstallation, by kubectl, by the README in a release, and by Helm.
  'test/cluster/docs/readme.test.ts',
  'test/cluster/install/helm.test.ts',
  'test/cluster/install/install.test.ts',
  'test/cluster/install/overlays.test.ts',
  'test/cluster/install/self-probe.test.ts',
  'test/cluster/install/uninstall.test.ts',
  // Each row of docs/operate/failure-modes.md.
  'test/cluster/admission/failure-matrix.test.ts',
  // The story, and refusals and corrections as kubectl prints them.
  'test/cluster/admission/denial.test.ts',
  'test/cluster/admission/writes.test.ts',
  // The CRDs: their schemas, rules in CEL, defaults, columns and status.
  'test/cluster/credential/crd.test.ts',
  'test/cluster/policy/columns.test.ts',
  'test/cluster/policy/crd.test.ts',
  'test/cluster/policy/policies.test.ts',
  // The controller: correction, rotation, restarts, and a password in PostgreSQL.
  'test/cluster/controller/consumers.test.ts',
  'test/cluster/controller/heal.test.ts',
  'test/cluster/controller/rotation.test.ts',
  'test/cluster/credential/lifecycle.test.ts',
  // The commands that read the API server's own answers.
  'test/cluster/commands/doctor.test.ts',
  'test/cluster/commands/doctor-secret.test.ts',
  'test/cluster/commands/probe.test.ts',
  // ValidatingAdmissionPolicies, and the rights of both ServiceAccounts.
  'test/cluster/floor/floor.test.ts',
  'test/cluster/rights/controller.test.ts',
  'test/cluster/rights/controller-secrets-guard.test.ts',
  'test/cluster/rights/controller-workloads-guard.test.ts',
  'test/cluster/rights/webhook.test.ts',
  'test/cluster/rights/webhook-guard.test.ts',
];
