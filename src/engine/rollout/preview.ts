import type { Rollout } from '../record/record.ts';
import { idOf, inOrder, keptOf, readOf, useOf, type Workload } from './consumers.ts';

/** What would become of the consumers of a Secret if some of its keys changed. Workloads are `Kind/name`; each is in one of the three. */
export interface RolloutPreview {
  /** One after the other, in this order. */
  readonly restarts: readonly { readonly workload: string; readonly keys: readonly string[] }[];
  /** They come to the new value, but not by a restart that is waited for. `reason` completes "Deployment/backend …". */
  readonly passed: readonly { readonly workload: string; readonly reason: string }[];
  /** Their pods keep the old value until somebody replaces them. */
  readonly stale: readonly {
    readonly workload: string;
    readonly keys: readonly string[];
    readonly reason: string;
  }[];
}

/** What decides besides the workloads. */
export interface Previewed {
  readonly secret: string;
  readonly immutable: boolean;
  /** A policy lets lockstep restart consumers. */
  readonly restarts: boolean;
  /** Those that would change. */
  readonly keys: readonly string[];
  /** A rollout that is not over: it goes on with these keys. */
  readonly rollout?: Rollout | undefined;
}

export function previewRollout(previewed: Previewed, workloads: readonly Workload[]): RolloutPreview {
  const fates = inOrder(workloads).flatMap((workload) => fateOf(workload, previewed) ?? []);
  return {
    restarts: fates.flatMap((fate) => (fate.kind === 'restarts' ? without(fate) : [])),
    passed: fates.flatMap((fate) => (fate.kind === 'passed' ? without(fate) : [])),
    stale: fates.flatMap((fate) => (fate.kind === 'stale' ? without(fate) : [])),
  };
}

type Fate = {
  [Kind in keyof RolloutPreview]: { readonly kind: Kind } & RolloutPreview[Kind][number];
}[keyof RolloutPreview];

const without = <Told extends { readonly kind: string }>({ kind, ...told }: Told) => [told];

/** Undefined: it reads none of the keys. */
function fateOf(
  { kind, name, uses, optedOut, progress }: Workload,
  { secret, immutable, restarts, keys: changing, rollout }: Previewed,
): Fate | undefined {
  const workload = idOf({ kind, name });
  const use = useOf({ uses }, secret);
  const keys = [...new Set([...changing, ...owed(rollout, workload)])].sort();
  const read = readOf(use, keys);
  if (read.length === 0) return undefined;
  if (immutable) return { kind: 'stale', workload, keys: read, reason: IMMUTABLE };
  if (restarts && !optedOut) {
    if (progress.kind === 'held') return { kind: 'passed', workload, reason: progress.reason };
    return { kind: 'restarts', workload, keys: read };
  }
  if (kind === 'CronJob') return { kind: 'passed', workload, reason: NEXT_JOB };
  const kept = keptOf(use, keys);
  if (kept.length === 0) return { kind: 'passed', workload, reason: FOLLOWS };
  return { kind: 'stale', workload, keys: kept, reason: optedOut ? OPTED_OUT : NOBODY_MAY };
}

/** Keys that changed without the workload having been brought there. */
const owed = (rollout: Rollout | undefined, workload: string): readonly string[] =>
  (rollout?.changes ?? [])
    .filter(({ number }) => number > (rollout?.done.get(workload) ?? 0))
    .flatMap(({ keys }) => keys);

const IMMUTABLE = 'the Secret is immutable: it has to be deleted and made again';
const FOLLOWS = 'is not restarted: its volume follows by itself';
const NEXT_JOB = 'takes it with its next Job';
const OPTED_OUT = 'lockstep.dev/restart: "false" keeps it from being restarted';
const NOBODY_MAY = 'no policy with restart: true matches the Secret';
