import type { RolloutProgress } from './progress.ts';
import { WORKLOAD_KINDS, type WorkloadKind } from './workload-kinds.ts';

/** What keeps pods, and may read Secrets from them. */
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
  /** What its pod template says under `lockstep.dev/secret-version`. */
  readonly versionAnnotation: string | undefined;
  /** Its owner does not want it restarted: `lockstep.dev/restart: "false"`. */
  readonly optedOut: boolean;
  readonly progress: RolloutProgress;
  /** Where the template that its pods are made of now is kept; undefined where none is, or where it has yet to be made. */
  readonly revision: Revision | undefined;
}

/** Of a Deployment a ReplicaSet, of the others a ControllerRevision: by name, or as the one of a selector that has that annotation. */
export type Revision =
  | { readonly kind: RevisionKind; readonly name: string }
  | {
      readonly kind: RevisionKind;
      readonly selector: string;
      readonly annotation: string;
      readonly value: string;
    };

type RevisionKind = 'replicasets' | 'controllerrevisions';

/** `Deployment/backend`: one of a namespace. */
export const workloadId = ({ kind, name }: Pick<Workload, 'kind' | 'name'>): string => `${kind}/${name}`;

/** Those of `workloads` that are brought to a new value, one after the other: by kind, then by name. */
export const inRolloutOrder = (workloads: readonly Workload[]): readonly Workload[] =>
  [...workloads].sort((a, b) => {
    const kinds = WORKLOAD_KINDS.indexOf(a.kind) - WORKLOAD_KINDS.indexOf(b.kind);
    return kinds === 0 ? (a.name < b.name ? -1 : 1) : kinds;
  });

/** Some keys of a Secret, or all of them, whichever they are. */
export type KeySelection = ReadonlySet<string> | 'all';

/** What pods read of one Secret. A key may be among both. */
export interface SecretUse {
  /** As it was when the container started: in its environment, by `subPath`, or in an init container, which runs once. */
  readonly fixed: KeySelection;
  /** From a volume that kubelet keeps up to date. */
  readonly live: KeySelection;
}

const NO_USE: SecretUse = { fixed: new Set(), live: new Set() };

/** What its pods read of that Secret. */
export const secretUse = ({ uses }: Pick<Workload, 'uses'>, secret: string): SecretUse =>
  uses.get(secret) ?? NO_USE;

/** Those of `keys` that are read, in either way. */
export const readKeys = ({ fixed, live }: SecretUse, keys: readonly string[]): readonly string[] =>
  keys.filter((key) => isIn(fixed, key) || isIn(live, key));

/** Those of `keys` that pods keep as they were until they are replaced. */
export const fixedKeys = ({ fixed }: SecretUse, keys: readonly string[]): readonly string[] =>
  keys.filter((key) => isIn(fixed, key));

const isIn = (keys: KeySelection, key: string): boolean => keys === 'all' || keys.has(key);
