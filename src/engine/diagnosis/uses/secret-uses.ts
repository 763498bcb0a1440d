import type { ServerCredential } from '../../login/credential-schema/compile.ts';
import type { Secret } from '../../secret/secret.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import type { Reading } from '../../workloads/references/reading.ts';
import { previewRollout } from '../../workloads/rollout/preview.ts';
import { WORKLOAD_KINDS } from '../../workloads/rollout/workload-kinds.ts';
import type { Maker } from './makers-of.ts';
import type { SourceReader } from './use-index.ts';

/** Everything that reads or makes one Secret. */
export interface SecretUses {
  readonly namespace: string;
  readonly name: string;
  readonly secret: SecretState;
  readonly makers: readonly Maker[];
  readonly users: readonly SecretUser[];
  /** Keys that no object reads, among the objects that could be read. */
  readonly unusedKeys: readonly string[];
  /** The objects that could not be read: `jobs in namespace shop`. */
  readonly unread: readonly string[];
  /** The makers that could not be read. */
  readonly unreadMakers: readonly string[];
  /** A controller of lockstep leads. Undefined if unknown. */
  readonly isLed: boolean | undefined;
  /** The other Secrets with its login, as far as its PostgresCredential is known. */
  readonly sameLogin: SameLogin;
}

/** A Secret has copies of its login, or follows another Secret as a copy. */
export interface SameLogin {
  readonly copies: readonly SecretRef[];
  readonly source: SecretRef | undefined;
}

export function sameLoginOf(ref: SecretRef, credential: ServerCredential | undefined): SameLogin {
  if (credential === undefined) return { copies: [], source: undefined };
  const source = { namespace: credential.namespace, name: credential.spec.secretName };
  const isSource = source.namespace === ref.namespace && source.name === ref.name;
  const copies = credential.spec.copies.map(({ namespace, name }) => ({ namespace, name }));
  return isSource ? { copies, source: undefined } : { copies: [], source };
}

export type SecretState =
  | { readonly kind: 'read'; readonly keys: readonly string[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unread'; readonly why: string };

export interface SecretUser extends Pick<SourceReader, 'namespace' | 'kind' | 'name' | 'readings'> {
  readonly restart: RestartBy;
}

export interface RestartBy {
  readonly by: 'lockstep' | 'Reloader' | 'nobody' | 'unknown';
  /** Empty if a new value arrives without a restart. */
  readonly why: string;
}

/** Whether lockstep restarts the consumers of the Secret, and the policy or the object that says so. */
export type MayRestart =
  | { readonly kind: 'yes'; readonly because: string }
  /** Without a reason, no policy asks for it. */
  | { readonly kind: 'no'; readonly why?: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** The part of the Secret that decides about restarts. */
export interface RestartFacts {
  readonly secret: Pick<Secret, 'name' | 'immutable' | 'annotations'>;
  readonly keys: readonly string[];
  readonly mayRestart: MayRestart;
}

export const usersOf = (readers: readonly SourceReader[], facts: RestartFacts): readonly SecretUser[] =>
  readers.map((reader) => {
    const { namespace, kind, name, readings } = reader;
    return { namespace, kind, name, readings, restart: restartOf(reader, facts) };
  });

/** The `keys` that none of the readers reads. */
export function unusedKeysOf(
  readers: readonly Pick<SourceReader, 'readings'>[],
  keys: readonly string[],
): readonly string[] {
  const read = new Set(readers.flatMap(({ readings }) => readings.map(({ key }) => key)));
  return read.has(undefined) ? [] : keys.filter((key) => !read.has(key));
}

const PLAIN_PODS: readonly string[] = ['Pod', 'ReplicaSet', 'ReplicationController'];

function restartOf({ kind, readings, workload }: SourceReader, facts: RestartFacts): RestartBy {
  const isRestartable = WORKLOAD_KINDS.some((one) => one === kind);
  if (workload !== undefined) return workloadRestart(workload, readings, facts);
  if (isRestartable) return { by: 'unknown', why: 'only pods of another template read it' };
  if (!readings.some(({ needsRestart }) => needsRestart)) return NOT_NEEDED;
  return { by: PLAIN_PODS.includes(kind) ? 'nobody' : 'unknown', why: `lockstep does not restart a ${kind}` };
}

const NOT_NEEDED: RestartBy = { by: 'nobody', why: '' };

/** As `previewRollout` says, for a change of each key. */
function workloadRestart(
  workload: NonNullable<SourceReader['workload']>,
  readings: readonly Reading[],
  { secret, keys, mayRestart }: RestartFacts,
): RestartBy {
  const readKeys = readings.flatMap(({ key }) => key ?? []);
  const input = {
    secret,
    restarts: mayRestart.kind !== 'no',
    keys: [...new Set([...keys, ...readKeys])],
  };
  const { restarts, reloads, passed, stale } = previewRollout(input, [workload]);
  if (restarts.length > 0)
    return mayRestart.kind === 'yes'
      ? { by: 'lockstep', why: mayRestart.because }
      : { by: 'unknown', why: mayRestart.kind === 'unknown' ? mayRestart.why : '' };
  if (reloads.length > 0) return { by: 'Reloader', why: 'its annotations ask for it' };
  const isForbidden = mayRestart.kind === 'no' && !secret.immutable && !workload.optedOut;
  if (stale.length > 0 && isForbidden && mayRestart.why !== undefined)
    return { by: 'nobody', why: mayRestart.why };
  const [kept] = [...stale, ...passed];
  if (kept !== undefined) return { by: 'nobody', why: kept.reason };
  if (!readings.some(({ needsRestart }) => needsRestart)) return NOT_NEEDED;
  return { by: 'nobody', why: 'no container reads it' };
}
