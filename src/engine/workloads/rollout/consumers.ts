import type { RolloutProgress } from './progress.ts';
import type { ReloaderMarks } from './reloader.ts';
import { WORKLOAD_KINDS, type WorkloadKind } from './workload-kinds.ts';

/** An object that creates pods, which may read Secrets. */
export interface Workload {
  readonly apiVersion: string;
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly created: Date;
  /** By the name of the Secret. */
  readonly uses: ReadonlyMap<string, SecretUse>;
  /** The annotation `lockstep.dev/secret-version` of its pod template, or of a Rollout itself. */
  readonly versionAnnotation: string | undefined;
  /** The owner forbids restarts with `lockstep.dev/restart: "false"`. */
  readonly optedOut: boolean;
  /** Undefined if no annotation makes Reloader restart it. */
  readonly reloader: ReloaderMarks | undefined;
  readonly progress: RolloutProgress;
  /** Its pods run Redis. After a restart, such a server has the password that the Secret then holds, and no other. */
  readonly runsRedis?: boolean;
  /**
   * The object that holds the present pod template. Undefined if none exists, if it must still be created, or while
   * pods of another template run on purpose.
   */
  readonly revision: Revision | undefined;
}

/**
 * A Deployment has a ReplicaSet, the other kinds have a ControllerRevision. It is found by name, or by a selector and
 * an annotation.
 */
export type Revision =
  | { readonly kind: RevisionKind; readonly name: string }
  | {
      readonly kind: RevisionKind;
      readonly selector: string;
      readonly annotation: string;
      readonly value: string;
      /** The time of the last restart of all pods. Undefined without one, or where a restart changes the template. */
      readonly restartedAt?: Date | undefined;
    };

type RevisionKind = 'replicasets' | 'controllerrevisions';

/** `Deployment/backend`: unique in a namespace. */
export const workloadId = ({ kind, name }: Pick<Workload, 'kind' | 'name'>): string => `${kind}/${name}`;

/**
 * The `workloads` in the order of their restarts: by kind, then by name. A Redis server is last, because until then it
 * also lets the readers of the old password in.
 */
export const inRolloutOrder = (workloads: readonly Workload[]): readonly Workload[] =>
  [...workloads].sort((a, b) => {
    const order = placeOf(a) - placeOf(b);
    return order === 0 ? (a.name < b.name ? -1 : 1) : order;
  });

const placeOf = ({ kind, runsRedis = false }: Workload): number =>
  WORKLOAD_KINDS.indexOf(kind) + (runsRedis ? WORKLOAD_KINDS.length : 0);

/** Some keys of a Secret, or all of them without naming them. */
export type KeySelection = ReadonlySet<string> | 'all';

/** The keys of one Secret that pods read. A key may be in both sets. */
export interface SecretUse {
  /** Read once at the start of a container: from the environment, by `subPath`, or in an init container. */
  readonly fixed: KeySelection;
  /** Read from a volume that the kubelet keeps up to date. */
  readonly live: KeySelection;
}

const NO_USE: SecretUse = { fixed: new Set(), live: new Set() };

/** The keys of that Secret that its pods read. */
export const secretUse = ({ uses }: Pick<Workload, 'uses'>, secret: string): SecretUse =>
  uses.get(secret) ?? NO_USE;

/** The `keys` that its pods read in either way. */
export const readKeys = ({ fixed, live }: SecretUse, keys: readonly string[]): readonly string[] =>
  keys.filter((key) => isIn(fixed, key) || isIn(live, key));

/** The `keys` whose old value the pods keep until they are replaced. */
export const fixedKeys = ({ fixed }: SecretUse, keys: readonly string[]): readonly string[] =>
  keys.filter((key) => isIn(fixed, key));

const isIn = (keys: KeySelection, key: string): boolean => keys === 'all' || keys.has(key);
