import { sourceOfDerivedSecret } from '../../review/own-writes/derived-secret-marks.ts';
import { ownerOf } from '../../secret/owners.ts';
import type { Secret } from '../../secret/secret.ts';
import { isMade, type MadeSecret } from '../../workloads/references/made-secrets.ts';
import type { UsingObject } from './use-index.ts';

/** An object or a tool that makes the Secret. */
export interface Maker {
  /** `ExternalSecret/app` for an object, else the name of the tool. */
  readonly maker: string;
  /** False if only the form of the name speaks for it. */
  readonly isCertain: boolean;
}

/** An object of the cluster that may make Secrets. */
export interface MakingObject extends Pick<UsingObject, 'namespace' | 'kind' | 'name'> {
  readonly made: () => readonly MadeSecret[];
}

/** Undefined if the object makes no Secret of this name. */
export function makerIn({ namespace, kind, name, made }: MakingObject, secret: string): Maker | undefined {
  const matching = made().filter((one) => isMade(one, secret));
  if (matching.length === 0) return undefined;
  // A cluster-scoped object chooses the namespace elsewhere.
  const isCertain = namespace !== undefined && matching.some((one) => one.name === secret);
  return { maker: `${kind}/${name}`, isCertain };
}

/** Marks of tools that apply manifests, with the kind of the object that holds the Secret. */
const APPLIED_BY: readonly (readonly [from: 'labels' | 'annotations', mark: string, maker: string])[] = [
  ['annotations', 'meta.helm.sh/release-name', 'the Helm release '],
  ['labels', 'helm.toolkit.fluxcd.io/name', 'HelmRelease/'],
  ['labels', 'kustomize.toolkit.fluxcd.io/name', 'Kustomization/'],
];

/** The makers that the metadata of the Secret names. */
export function markedMakers(secret: Secret): readonly Maker[] {
  const owner = ownerOf(secret);
  const source = sourceOfDerivedSecret(secret);
  const [application] = (secret.annotations.get('argocd.argoproj.io/tracking-id') ?? '').split(':');
  return [
    ...(owner === undefined ? [] : [owner]),
    ...(source === undefined ? [] : [`lockstep, from Secret/${source}`]),
    ...APPLIED_BY.flatMap(([from, mark, maker]) => {
      const name = secret[from].get(mark);
      return name === undefined ? [] : [`${maker}${name}`];
    }),
    ...(application === '' ? [] : [`Application/${application}`]),
  ].map((maker) => ({ maker, isCertain: true }));
}

/** Each maker once: the mark and the object may both name it. */
export const distinctMakers = (makers: readonly Maker[]): readonly Maker[] =>
  [...Map.groupBy(makers, ({ maker }) => maker)].map(([maker, all]) => ({
    maker,
    isCertain: all.some(({ isCertain }) => isCertain),
  }));
