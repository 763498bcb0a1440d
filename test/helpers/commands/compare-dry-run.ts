import type { SecretRef } from '../../../src/engine/secret/secret-ref.ts';
import { type Cluster as Api, connect } from '../../../src/kube/client/connect.ts';
import { readWorkloads } from '../../../src/kube/objects/workloads.ts';
import { readRecord } from '../../../src/kube/record/records.ts';
import { readSecret } from '../../../src/kube/secrets/stored-secrets.ts';
import { lockstep } from './commands.ts';

/** The plan of a dry run, or the effect of the real command. */
export interface CommandEffect {
  readonly exitCode: number;
  /** Keys of the Secret that are written. */
  readonly keys: readonly string[];
  /** `Kind/name`, each restarted. */
  readonly restarts: readonly string[];
  /** The server has another password afterwards. */
  readonly server: boolean;
  /** A version is made of what the command writes. An edit of somebody that it only takes down is none. */
  readonly version: boolean;
}

interface ClusterState {
  readonly values: ReadonlyMap<string, string>;
  readonly version: number;
  readonly stamps: ReadonlyMap<string, string>;
  readonly server: string;
}

export interface Situation {
  readonly place: SecretRef;
  readonly kubeconfig: string;
  /** Roles of the server, or '' without a server. */
  readonly verifier: () => Promise<string>;
}

/** The dry run, that it changed nothing, and the command itself. */
export async function compareDryRun(
  situation: Situation,
  args: readonly string[],
): Promise<{
  readonly plan: CommandEffect;
  readonly deed: CommandEffect;
  readonly printed: readonly string[];
}> {
  const { kubeconfig } = situation;
  const before = await stateOf(situation);
  const written = await everything(situation);
  const planned = await lockstep(...args, '--dry-run', '--kubeconfig', kubeconfig);
  if ((await everything(situation)) !== written) throw new Error(`the dry run wrote: ${planned.stdout}`);
  const actual = await lockstep(...args, '--kubeconfig', kubeconfig);
  const after = await stateOf(situation);
  return {
    plan: parsePlan(planned),
    deed: { exitCode: actual.exitCode, ...between(before, after) },
    printed: [`${planned.stdout}${planned.stderr}`, `${actual.stdout}${actual.stderr}`],
  };
}

const WOULD = /would be rolled back to version \d+: (.*)$/m;
const CORRECTED = /would be corrected:\n((?: {2}.*\n)+)/;
const NEW_VALUES = /^\d+\. ([^:(]*): /gm;
const OF_LOGIN = /^these keys of the Secret would change: (.*)$/m;

/** By what is printed: that is what people go by. A dry run that ends with a refusal plans nothing. */
function parsePlan({
  exitCode,
  stdout,
}: {
  readonly exitCode: number;
  readonly stdout: string;
}): CommandEffect {
  if (exitCode !== 0) return { exitCode, keys: [], restarts: [], server: false, version: false };
  const isLogin = /^the server would give /m.test(stdout);
  const changes = (isLogin ? OF_LOGIN : WOULD).exec(stdout)?.[1] ?? '';
  const except = /^a webhook makes something else of (.*)$/m.exec(stdout)?.[1]?.split(', ') ?? [];
  const corrected = [...(CORRECTED.exec(stdout)?.[1] ?? '').matchAll(/^ {2}(\w+): /gm)].map(
    ([, key = '']) => key,
  );
  const rotated = [...stdout.matchAll(NEW_VALUES)].map(([, key = '']) => key);
  const keys = changes.replace(/\b(changes|adds|removes) /g, '').split(/, |; /);
  const restarts = [...stdout.matchAll(/^ {2,}\d+\. (\S+) \(/gm)].map(([, workload = '']) => workload);
  const written = [...new Set([...keys, ...except, ...corrected, ...rotated])]
    .filter((key) => key !== '')
    .sort();
  return {
    exitCode,
    keys: written,
    restarts: [...new Set(restarts)].sort(),
    server: isLogin,
    version: written.length > 0,
  };
}

async function stateOf({ place, kubeconfig, verifier }: Situation): Promise<ClusterState> {
  const api = connect({ kubeconfig });
  const [held, found, workloads] = await Promise.all([
    readSecret(api, place),
    readRecord(api, place),
    readWorkloads(api, place.namespace),
  ]);
  const values = [...(held?.secret.data ?? [])].map(([key, value]) => [key, value.reveal()] as const);
  return {
    values: new Map(values),
    version: found.kind === 'read' ? (found.record.versions.at(-1)?.number ?? 0) : 0,
    stamps: new Map(
      workloads.map(({ kind, name, versionAnnotation: stamp }) => [`${kind}/${name}`, stamp ?? '']),
    ),
    server: await verifier(),
  };
}

function between(before: ClusterState, after: ClusterState): Omit<CommandEffect, 'exitCode'> {
  const names = [...new Set([...before.values.keys(), ...after.values.keys()])];
  const keys = names.filter((key) => before.values.get(key) !== after.values.get(key)).sort();
  return {
    keys,
    restarts: [...after.stamps.keys()].filter((id) => before.stamps.get(id) !== after.stamps.get(id)).sort(),
    server: before.server !== after.server,
    version: keys.length > 0 && before.version !== after.version,
  };
}

/** Each object that a command may write, by its resourceVersion; and the role. */
async function everything({ place, kubeconfig, verifier }: Situation): Promise<string> {
  const api: Api = connect({ kubeconfig });
  const { namespace } = place;
  const { object } = await api.call({ path: `/api/v1/namespaces/${namespace}/secrets` });
  const { items } = object as { readonly items: readonly { readonly metadata: object }[] };
  const workloads = await readWorkloads(api, namespace);
  const seen = items.map(({ metadata }) => JSON.stringify(metadata));
  return [
    ...seen,
    ...workloads.map(({ name, versionAnnotation: stamp }) => `${name} ${stamp}`),
    await verifier(),
  ].join('\n');
}
