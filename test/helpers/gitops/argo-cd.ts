import type { Test } from 'tap';
import { parse } from 'yaml';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { blocksOf, readPage, sectionOf } from '../pages/pages.ts';
import { type Ask, gitopsTool } from './program.ts';

/** The parts of an Application that a page shows. */
export interface ApplicationOptions {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly ignoreDifferences?: readonly object[];
    readonly syncPolicy?: { readonly syncOptions?: readonly string[]; readonly automated?: object };
  };
}

export interface Comparison {
  readonly status: 'Synced' | 'OutOfSync';
  readonly resources: readonly {
    readonly kind: string;
    readonly name: string;
    readonly modified: boolean;
    /** As the engine returns the stored object and its prediction, with values. */
    readonly live: SecretObject | null;
    readonly predicted: SecretObject | null;
    /** Prediction and stored object as a caller may show them. */
    readonly masked: readonly (SecretObject | null)[];
  }[];
}

export interface SecretObject {
  readonly data?: Readonly<Record<string, string>>;
}

export interface Operation {
  readonly phase: 'Succeeded' | 'Failed' | 'Error';
  readonly message: string;
  readonly resources:
    | readonly {
        readonly kind: string;
        readonly name: string;
        readonly status: string;
        readonly message: string;
      }[]
    | null;
}

/** One Application of Argo CD, whose destination is one namespace. */
export interface ArgoCdApplication {
  /** The status for these objects of Git. `live` are the stored objects as the caller knows them. */
  compare(git: readonly object[], live?: readonly object[]): Promise<Comparison>;
  sync(git: readonly object[]): Promise<Operation>;
}

export type ArgoCd = (namespace: string, options: ApplicationOptions) => ArgoCdApplication;

/** The code of Argo CD that compares and syncs, on that cluster. */
export function argoCdOn(t: Test, cluster: Cluster): ArgoCd {
  const ask: Ask = gitopsTool(t, 'argocd');
  return (namespace, { metadata = {}, spec = {} }) => {
    const application = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { ...metadata, name: 'shop', namespace: 'argocd' },
      spec: { ...spec, destination: { namespace, server: cluster.server } },
    };
    const request = { kubeconfig: cluster.kubeconfig, application };
    return {
      compare: (git, live) => ask({ do: 'compare', ...request, git, live }),
      sync: (git) => ask({ do: 'sync', ...request, git }),
    };
  };
}

const PAGE = 'docs/tasks/argo-cd.md';

/** The example under that heading of the page for users. */
export async function applicationOf(heading: string, index = 0): Promise<ApplicationOptions> {
  const blocks = blocksOf(sectionOf(await readPage(PAGE), heading)).filter(
    ({ language }) => language === 'yaml',
  );
  const block = blocks[index];
  if (block === undefined) throw new Error(`${PAGE} has no example ${index} under ${heading}`);
  return parse(block.text);
}
