import type { Progress } from './progress.ts';
import { KINDS, type Kind } from './workload-kinds.ts';

/** What keeps pods, and may read Secrets from them. */
export interface Workload {
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly created: Date;
  /** By the name of the Secret. */
  readonly uses: ReadonlyMap<string, Use>;
  /** What its pod template says under `lockstep.dev/secret-version`. */
  readonly stamp: string | undefined;
  /** Its owner does not want it restarted: `lockstep.dev/restart: "false"`. */
  readonly optedOut: boolean;
  readonly progress: Progress;
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
export const idOf = ({ kind, name }: Pick<Workload, 'kind' | 'name'>): string => `${kind}/${name}`;

/** Those of `workloads` that are brought to a new value, one after the other: by kind, then by name. */
export const inOrder = (workloads: readonly Workload[]): readonly Workload[] =>
  [...workloads].sort((a, b) => {
    const kinds = KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
    return kinds === 0 ? (a.name < b.name ? -1 : 1) : kinds;
  });

/** Some keys of a Secret, or all of them, whichever they are. */
export type Keys = ReadonlySet<string> | 'all';

/** What pods read of one Secret. A key may be among both. */
export interface Use {
  /** As it was when the container started: in its environment, by `subPath`, or in an init container, which runs once. */
  readonly fixed: Keys;
  /** From a volume that kubelet keeps up to date. */
  readonly live: Keys;
}

const NONE: Use = { fixed: new Set(), live: new Set() };

/** What its pods read of that Secret. */
export const useOf = ({ uses }: Pick<Workload, 'uses'>, secret: string): Use => uses.get(secret) ?? NONE;

/** Those of `keys` that are read, in either way. */
export const readOf = ({ fixed, live }: Use, keys: readonly string[]): readonly string[] =>
  keys.filter((key) => isIn(fixed, key) || isIn(live, key));

/** Those of `keys` that pods keep as they were until they are replaced. */
export const keptOf = ({ fixed }: Use, keys: readonly string[]): readonly string[] =>
  keys.filter((key) => isIn(fixed, key));

const isIn = (keys: Keys, key: string): boolean => keys === 'all' || keys.has(key);
