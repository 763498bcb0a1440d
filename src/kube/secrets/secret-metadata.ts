import type { Annotation, Label } from '../../engine/secret/kubernetes/kubernetes-names.ts';
import { isObjectName } from '../../engine/secret/kubernetes/name.ts';
import type { WatchTarget } from '../watch/watch-target.ts';
import { excludeNamespaces } from './list-secrets.ts';
import { recordName } from './record-name.ts';

/**
 * The part of a watched Secret that lockstep keeps. Its annotations may hold its values, and are dropped after parsing.
 */
export interface SecretMetadata {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  /** The Secret whose record this is. */
  readonly recordOf: string | undefined;
}

/**
 * Types that lockstep does not read. Thousands of tokens come and go. Records are watched, because an edit of a record
 * is a request to lockstep.
 */
const UNWATCHED_TYPES = [
  'type!=helm.sh/release.v1',
  'type!=kubernetes.io/service-account-token',
  'type!=bootstrap.kubernetes.io/token',
].join(',');

/** The label and the annotation that records.ts writes on records. */
export const IS_RECORD = 'lockstep.dev/record' satisfies Label;
export const RECORD_OF = 'lockstep.dev/record-of' satisfies Annotation;

/** The metadata of all Secrets, except in some namespaces, for `watch`. */
export function secretMetadataTarget(excludedNamespaces: readonly string[]): WatchTarget<SecretMetadata> {
  return {
    path: '/api/v1/secrets',
    what: 'secrets',
    metadataOnly: true,
    fieldSelector: [UNWATCHED_TYPES, ...excludeNamespaces(excludedNamespaces)].join(','),
    parse: (object) => secretMetadataOf(object as SecretMetadataObject),
  };
}

export interface SecretMetadataObject {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export function secretMetadataOf({
  metadata: { namespace, name, resourceVersion, labels, annotations },
}: SecretMetadataObject): SecretMetadata {
  const recordedSecret = annotations?.[RECORD_OF];
  // Any user can write an annotation, so it counts only if the name of the record agrees.
  const isRecord =
    labels?.[IS_RECORD] === 'true' &&
    recordedSecret !== undefined &&
    isObjectName(recordedSecret) &&
    recordName(recordedSecret) === name;
  return { namespace, name, resourceVersion, recordOf: isRecord ? recordedSecret : undefined };
}
