import type { Buffer } from 'node:buffer';
import { type About, parsed, readAbout, subjectOf } from '../review/admission-request.ts';
import { badReview, type Fields, objectAt, optionalText, own } from '../review/json-fields.ts';

/** Lockstep's own kinds, by the name of their resource. */
const KINDS: Readonly<Record<string, OwnKind>> = {
  secretpolicies: 'SecretPolicy',
  postgrescredentials: 'PostgresCredential',
};

export type OwnKind = 'SecretPolicy' | 'PostgresCredential';

/** One AdmissionReview of an object of lockstep's own. */
export interface PolicyReview extends About {
  readonly kind: OwnKind;
  /** Undefined where there is nothing to judge: its status, DELETE, CONNECT, or one that is being deleted. */
  readonly written: WrittenPolicy | undefined;
}

export interface WrittenPolicy {
  readonly document: Fields;
  /** On UPDATE: only labels, annotations and the like differ. */
  readonly isUnchanged: boolean;
}

/** Throws BAD_REVIEW or NOT_JSON; also for an object of another kind, which nobody who read the manifests would send. */
export function readPolicyReview(body: Buffer): PolicyReview {
  const { about, request } = readAbout(parsed(body, (bytes) => JSON.parse(bytes.toString('utf8'))));
  const { group, kind, resource, subresource } = subjectOf(request);
  const known = Object.hasOwn(KINDS, resource) ? KINDS[resource] : undefined;
  if (group !== 'lockstep.dev' || known === undefined || known !== kind) {
    throw badReview('request.kind', 'must be SecretPolicy or PostgresCredential of lockstep.dev');
  }
  const isWrite = subresource === '' && (about.operation === 'CREATE' || about.operation === 'UPDATE');
  const written = isWrite ? readWritten(request, about.operation === 'UPDATE') : undefined;
  return { ...about, kind: known, written };
}

function readWritten(request: Fields, isUpdate: boolean): WrittenPolicy | undefined {
  const document = objectAt(own(request, 'object'), 'request.object');
  const metadata = metadataOf(document, 'request.object');
  const deleted = optionalText(metadata, 'deletionTimestamp', 'request.object.metadata.deletionTimestamp');
  if (deleted !== '') return undefined;
  return { document, isUnchanged: isUpdate && hasGenerationOf(metadata, request) };
}

/** The API server counts a generation up whenever something else than metadata and status differs, and it does so before it asks. */
function hasGenerationOf(metadata: Fields, request: Fields): boolean {
  const old = objectAt(own(request, 'oldObject'), 'request.oldObject');
  const generation = own(metadata, 'generation');
  return (
    typeof generation === 'number' && generation === own(metadataOf(old, 'request.oldObject'), 'generation')
  );
}

const metadataOf = (object: Fields, field: string): Fields =>
  objectAt(own(object, 'metadata') ?? {}, `${field}.metadata`);
