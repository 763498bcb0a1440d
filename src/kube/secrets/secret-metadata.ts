import type { Annotation, Label } from '../../engine/secret/kubernetes-names.ts';
import type { WatchTarget } from '../client/watch.ts';
import { excludeNamespaces } from './list-secrets.ts';
import { recordName } from './record-name.ts';

/** What is kept of each Secret that is watched. Its annotations may hold its values, and are let go as soon as they are parsed. */
export interface SecretMetadata {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  /** The Secret that this one is the record of. */
  readonly recordOf: string | undefined;
}

/** Types that lockstep does not read; and tokens are made and gone by the thousand. Records are watched: who edits one wants something. */
const UNWATCHED_TYPES = [
  'type!=helm.sh/release.v1',
  'type!=kubernetes.io/service-account-token',
  'type!=bootstrap.kubernetes.io/token',
].join(',');

/** The label and the annotation of records: records.ts writes them. */
export const IS_RECORD = 'lockstep.dev/record' satisfies Label;
export const RECORD_OF = 'lockstep.dev/record-of' satisfies Annotation;

/** All Secrets but those of some namespaces, for `watch`: their metadata alone. */
export function secretMetadataTarget(excludedNamespaces: readonly string[]): WatchTarget<SecretMetadata> {
  return {
    path: '/api/v1/secrets',
    what: 'secrets',
    metadataOnly: true,
    fieldSelector: [UNWATCHED_TYPES, ...excludeNamespaces(excludedNamespaces)].join(','),
    parse: (object) => secretMetadataOf(object as SecretMetadataObject),
  };
}

interface SecretMetadataObject {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** Of a Secret (RFC 1123 subdomain). Of a long one the record's own name has only the beginning. */
const SECRET_NAME = /^[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?$/;

function secretMetadataOf({
  metadata: { namespace, name, resourceVersion, labels, annotations },
}: SecretMetadataObject): SecretMetadata {
  const recordedSecret = annotations?.[RECORD_OF];
  // Anybody can write an annotation; it is gone by where the name says the same.
  const isRecord =
    labels?.[IS_RECORD] === 'true' &&
    recordedSecret !== undefined &&
    SECRET_NAME.test(recordedSecret) &&
    recordName(recordedSecret) === name;
  return { namespace, name, resourceVersion, recordOf: isRecord ? recordedSecret : undefined };
}
