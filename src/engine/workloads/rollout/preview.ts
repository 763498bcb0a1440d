import type { Rollout } from '../../secret/record/record.ts';
import type { Secret } from '../../secret/secret.ts';
import { fixedKeys, inRolloutOrder, readKeys, secretUse, type Workload, workloadId } from './consumers.ts';
import { isLeftToReloader } from './reloader.ts';

/**
 * The effect on the consumers of a Secret if some of its keys change. Workloads are `Kind/name`. Each is in one of the
 * four lists.
 */
export interface RolloutPreview {
  /** One after the other, in this order. */
  readonly restarts: readonly { readonly workload: string; readonly keys: readonly string[] }[];
  /** Reloader restarts them, when the Secret changes. */
  readonly reloads: readonly { readonly workload: string; readonly keys: readonly string[] }[];
  /**
   * They get the new value, but not by a restart that lockstep waits for. `reason` completes "Deployment/backend …".
   */
  readonly passed: readonly { readonly workload: string; readonly reason: string }[];
  /** Their pods keep the old value until a person replaces them. */
  readonly stale: readonly {
    readonly workload: string;
    readonly keys: readonly string[];
    readonly reason: string;
  }[];
}

/** The input next to the workloads. */
export interface PreviewInput {
  readonly secret: Pick<Secret, 'name' | 'immutable' | 'annotations'>;
  /** A policy allows lockstep to restart consumers. */
  readonly restarts: boolean;
  /** The keys that would change. */
  readonly keys: readonly string[];
  /** A rollout in progress. It continues with these keys. */
  readonly rollout?: Rollout | undefined;
}

export function previewRollout(input: PreviewInput, workloads: readonly Workload[]): RolloutPreview {
  const previews = inRolloutOrder(workloads).flatMap((workload) => previewOf(workload, input) ?? []);
  return {
    restarts: previews.flatMap((preview) => (preview.kind === 'restarts' ? withoutKind(preview) : [])),
    reloads: previews.flatMap((preview) => (preview.kind === 'reloads' ? withoutKind(preview) : [])),
    passed: previews.flatMap((preview) => (preview.kind === 'passed' ? withoutKind(preview) : [])),
    stale: previews.flatMap((preview) => (preview.kind === 'stale' ? withoutKind(preview) : [])),
  };
}

type WorkloadPreview = {
  [Kind in keyof RolloutPreview]: { readonly kind: Kind } & RolloutPreview[Kind][number];
}[keyof RolloutPreview];

const withoutKind = <Told extends { readonly kind: string }>({ kind, ...rest }: Told) => [rest];

/** Undefined if the workload reads none of the keys. */
function previewOf(
  { kind, name, uses, optedOut, reloader, progress }: Workload,
  { secret, restarts, keys: changing, rollout }: PreviewInput,
): WorkloadPreview | undefined {
  const workload = workloadId({ kind, name });
  const use = secretUse({ uses }, secret.name);
  const keys = [...new Set([...changing, ...pendingKeys(rollout, workload)])].sort();
  const read = readKeys(use, keys);
  if (read.length === 0) return undefined;
  if (secret.immutable) return { kind: 'stale', workload, keys: read, reason: IMMUTABLE };
  if (isLeftToReloader(reloader, secret) && kind !== 'CronJob')
    return { kind: 'reloads', workload, keys: read };
  if (restarts && !optedOut) {
    if (progress.kind === 'held') return { kind: 'passed', workload, reason: progress.reason };
    return { kind: 'restarts', workload, keys: read };
  }
  if (kind === 'CronJob') return { kind: 'passed', workload, reason: WITH_NEXT_JOB };
  const kept = fixedKeys(use, keys);
  if (kept.length === 0) return { kind: 'passed', workload, reason: VOLUME_UPDATED };
  return { kind: 'stale', workload, keys: kept, reason: optedOut ? OPTED_OUT : NO_RESTART_POLICY };
}

/** Keys of the rollout's changes that the workload doesn't have yet. */
const pendingKeys = (rollout: Rollout | undefined, workload: string): readonly string[] =>
  (rollout?.changes ?? [])
    .filter(({ number }) => number > (rollout?.done.get(workload) ?? 0))
    .flatMap(({ keys }) => keys);

const IMMUTABLE = 'the Secret is immutable: it has to be deleted and made again';
const VOLUME_UPDATED = 'is not restarted: its volume is updated automatically';
const WITH_NEXT_JOB = 'takes it with its next Job';
const OPTED_OUT = 'lockstep.dev/restart: "false" keeps it from being restarted';
const NO_RESTART_POLICY = 'no policy with restart: true matches the Secret';
