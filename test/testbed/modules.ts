import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One program of the testbed, and where its source is pinned: the go.mod in `folder`. */
export interface Program {
  readonly name: string;
  /** A folder beside this file with go.mod, go.sum and tools.go. */
  readonly folder: string;
  /** The Go package whose main it is. `.` is a program of this repository. DEBIAN is a package of Debian, which pins no version. */
  readonly package: string;
}

export const DEBIAN = 'debian';

const VERSIONS: Readonly<Record<string, string>> = { newest: '', oldest: '-oldest' };

/** The Kubernetes of this run. `TESTBED_KUBERNETES=oldest` chooses the oldest version that the README names. */
export const KUBERNETES = process.env.TESTBED_KUBERNETES || 'newest';
/** Ending of the folders that pin Kubernetes and its etcd. */
const VERSION = versionNamed(KUBERNETES);

export const PROGRAMS = {
  'kube-apiserver': kubernetes('kube-apiserver'),
  kubectl: kubernetes('kubectl'),
  'kube-controller-manager': kubernetes('kube-controller-manager'),
  etcd: { name: 'etcd', folder: `etcd${VERSION}`, package: 'go.etcd.io/etcd/server/v3' },
  kwok: { name: 'kwok', folder: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok' },
  'redis-server': { name: 'redis-server', folder: 'redis', package: DEBIAN },
  helm: { name: 'helm', folder: 'helm', package: 'helm.sh/helm/v4/cmd/helm' },
  helm3: { name: 'helm3', folder: 'helm3', package: 'helm.sh/helm/v3/cmd/helm' },
  sprig: { name: 'sprig', folder: 'sprig', package: '.' },
  promtool: {
    name: 'promtool',
    folder: 'promtool',
    package: 'github.com/prometheus/prometheus/cmd/promtool',
  },
  actionlint: {
    name: 'actionlint',
    folder: 'actionlint',
    package: 'github.com/rhysd/actionlint/cmd/actionlint',
  },
  krew: { name: 'krew', folder: 'krew', package: 'sigs.k8s.io/krew/cmd/krew' },
  'validate-krew-manifest': {
    name: 'validate-krew-manifest',
    folder: 'krew',
    package: 'sigs.k8s.io/krew/cmd/validate-krew-manifest',
  },
  'external-secrets': {
    name: 'external-secrets',
    folder: 'external-secrets',
    package: 'github.com/external-secrets/external-secrets',
  },
  'sealed-secrets-controller': {
    name: 'sealed-secrets-controller',
    folder: 'sealed-secrets',
    package: 'github.com/bitnami/sealed-secrets/cmd/controller',
  },
  kubeseal: {
    name: 'kubeseal',
    folder: 'sealed-secrets',
    package: 'github.com/bitnami/sealed-secrets/cmd/kubeseal',
  },
  sops: { name: 'sops', folder: 'sops', package: 'github.com/getsops/sops/v3/cmd/sops' },
  'age-keygen': { name: 'age-keygen', folder: 'sops', package: 'filippo.io/age/cmd/age-keygen' },
  reloader: { name: 'reloader', folder: 'reloader', package: 'github.com/stakater/Reloader' },
  gitops: { name: 'gitops', folder: 'gitops', package: '.' },
} as const satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

/**
 * Each is for one command: `npm run check:monitoring`, `npm run check:workflows`, `npm run test:release`,
 * `npm run test:gitops`.
 */
const SEPARATELY_BUILT: readonly ProgramName[] = [
  'promtool',
  'external-secrets',
  'actionlint',
  'krew',
  'validate-krew-manifest',
  'helm3',
  'sealed-secrets-controller',
  'kubeseal',
  'sops',
  'age-keygen',
  'reloader',
  'gitops',
];

/** What `npm run test:all` needs; each tier needs some of them: test/tiers.ts. */
export const IN_TESTS = (Object.keys(PROGRAMS) as ProgramName[]).filter(
  (name) => !SEPARATELY_BUILT.includes(name),
);

const PINNED: Record<string, string> = {
  kubernetes: 'k8s.io/kubernetes',
  'kubernetes-oldest': 'k8s.io/kubernetes',
  etcd: 'go.etcd.io/etcd/server/v3',
  'etcd-oldest': 'go.etcd.io/etcd/server/v3',
  kwok: 'sigs.k8s.io/kwok',
  promtool: 'github.com/prometheus/prometheus',
  'external-secrets': 'github.com/external-secrets/external-secrets',
  helm: 'helm.sh/helm/v4',
  helm3: 'helm.sh/helm/v3',
  'sealed-secrets': 'github.com/bitnami/sealed-secrets',
  sops: 'github.com/getsops/sops/v3',
  reloader: 'github.com/stakater/Reloader',
  actionlint: 'github.com/rhysd/actionlint',
  krew: 'sigs.k8s.io/krew',
  sprig: 'github.com/Masterminds/sprig/v3',
  gitops: 'github.com/argoproj/argo-cd/v3',
};

export const goModuleFolder = (program: Program): string =>
  fileURLToPath(new URL(program.folder, import.meta.url));

/** As go.mod says it: `v1.37.2`. */
export function pinnedVersion(program: Program): string {
  const module = PINNED[program.folder];
  const version = wordAfter(program, `${module} `);
  if (version === undefined) throw new Error(`${program.folder}/go.mod pins no ${module}`);
  return version;
}

/** The Go that go.mod asks for by name: `go1.27.3`. Most are content with the Go of the machine. */
export const pinnedToolchain = (program: Program): string | undefined => wordAfter(program, 'toolchain ');

/** Names a build. The sources of a program of this repository change without a version. */
export function buildKey(program: Program): string {
  if (program.package === DEBIAN) return program.folder;
  const version = `${program.folder}-${pinnedVersion(program)}`;
  if (program.package !== '.') return version;
  const folder = goModuleFolder(program);
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(readFileSync(`${folder}/${name}`));
  return `${version}-${hash.digest('hex').slice(0, 12)}`;
}

/** The next word of the first line of go.mod that begins so. */
function wordAfter(program: Program, beginning: string): string | undefined {
  const goMod = readFileSync(`${goModuleFolder(program)}/go.mod`, 'utf8');
  const lines = goMod.split('\n').map((line) => line.trim().replace(/^require /, ''));
  const line = lines.find((each) => each.startsWith(beginning));
  return line?.slice(beginning.length).split(' ')[0];
}

function kubernetes(name: string): Program {
  return { name, folder: `kubernetes${VERSION}`, package: `k8s.io/kubernetes/cmd/${name}` };
}

function versionNamed(name: string): string {
  const ending = VERSIONS[name];
  if (ending === undefined)
    throw new Error(`TESTBED_KUBERNETES=${name}: there are ${Object.keys(VERSIONS).join(' and ')}`);
  return ending;
}
