import type { Test } from 'tap';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { gitopsTool } from './program.ts';

/** `spec.ignore` of a Kustomization. */
export type FluxIgnore = readonly {
  readonly paths: readonly string[];
  readonly target?: { readonly kind?: string; readonly name?: string };
}[];

/** One reconciliation by kustomize-controller. */
export interface FluxSync {
  /** Objects that it created or configured. */
  readonly writes: number;
  /** The message of the condition Ready, if it is False. */
  readonly error: string | undefined;
}

export interface Flux {
  sync(objects: readonly object[], options?: FluxOptions): Promise<FluxSync>;
  /** The number of objects that differ from Git, without a write. */
  drift(objects: readonly object[], options?: FluxOptions): Promise<number>;
}

interface FluxOptions {
  readonly ignore?: FluxIgnore;
  readonly force?: boolean;
}

interface Answer {
  readonly changes: readonly { readonly subject: string; readonly action: string }[];
}

/** The code of kustomize-controller, for a namespace. */
export function fluxOn(t: Test, { kubeconfig }: Pick<Cluster, 'kubeconfig'>): (namespace: string) => Flux {
  const ask = gitopsTool(t, 'flux');
  return (namespace) => {
    async function changes(action: 'apply' | 'diff', objects: readonly object[], options: FluxOptions) {
      const manifests = objects
        .map((object) => JSON.stringify(inNamespace(object, namespace)))
        .join('\n---\n');
      const answer = await ask<Answer>({ kubeconfig, action, manifests, ...options });
      return answer.changes.filter(({ action: done }) => done === 'created' || done === 'configured').length;
    }
    return {
      sync: (objects, options = {}) =>
        changes('apply', objects, options).then(
          (writes) => ({ writes, error: undefined }),
          (error: Error) => ({ writes: 0, error: error.message }),
        ),
      drift: (objects, options = {}) => changes('diff', objects, options),
    };
  };
}

function inNamespace(object: object, namespace: string): object {
  const { metadata } = object as { readonly metadata?: object };
  return { ...object, metadata: { ...metadata, namespace } };
}
