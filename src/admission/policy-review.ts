import type { Buffer } from 'node:buffer';
import { type About, parsed, readAbout, subjectOf } from './about.ts';
import { badReview, type Fields, objectAt, optionalText, own } from './fields.ts';

/** One AdmissionReview of a SecretPolicy. */
export interface PolicyReview extends About {
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
  if (group !== 'lockstep.dev' || kind !== 'SecretPolicy' || resource !== 'secretpolicies') {
    throw badReview('request.kind', 'must be SecretPolicy of lockstep.dev');
  }
  const isWrite = subresource === '' && (about.operation === 'CREATE' || about.operation === 'UPDATE');
  return { ...about, written: isWrite ? readWritten(request, about.operation === 'UPDATE') : undefined };
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
