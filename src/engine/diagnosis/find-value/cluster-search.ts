import type { Fix } from './fix.ts';
import type { FoundPlace } from './place.ts';

/** A place of a value, with the way to change it. */
export interface FixablePlace extends FoundPlace {
  readonly fix: Fix;
  /** The workloads that read this key, each as `Deployment/web`. */
  readonly readers: readonly string[];
}

/** The result of a search in a cluster. It holds names only. */
export interface ClusterSearch {
  readonly places: readonly FixablePlace[];
  /** The objects, and the parts of objects, that could not be read or searched. */
  readonly unread: readonly string[];
  /** The numbers of objects that were searched. */
  readonly secrets: number;
  readonly objects: number;
}
