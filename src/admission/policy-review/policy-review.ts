import type { Buffer } from 'node:buffer';
import {
  type AdmissionRequest,
  type LockstepKind,
  OWN_KINDS,
  parseBody,
  readAdmissionRequest,
  requestTargetOf,
} from '../review/admission-request.ts';
import {
  badReview,
  type JsonObject,
  optionalText,
  ownProperty,
  requireObject,
} from '../review/json-fields.ts';

/** The kinds that lockstep defines, by the name of their resource. */
const KIND_BY_RESOURCE: Readonly<Record<string, LockstepKind>> = {
  secretpolicies: 'SecretPolicy',
  postgrescredentials: 'PostgresCredential',
  rediscredentials: 'RedisCredential',
};

/** One AdmissionReview of an object of a lockstep kind. */
export interface PolicyReview extends AdmissionRequest {
  readonly kind: LockstepKind;
  /** Undefined if there is nothing to validate: the status, DELETE, CONNECT, or an object that is being deleted. */
  readonly write: PolicyWrite | undefined;
}

export interface PolicyWrite {
  readonly document: JsonObject;
  /** True for an UPDATE that changes only metadata, such as labels. */
  readonly isUnchanged: boolean;
}

/**
 * Throws BAD_REVIEW or NOT_JSON, also for an object of another kind. The webhook configuration of the manifests sends
 * no other kind.
 */
export function readPolicyReview(body: Buffer): PolicyReview {
  const { admissionRequest, request } = readAdmissionRequest(parseBody(body));
  const { group, kind, resource, subresource } = requestTargetOf(request);
  const expectedKind = Object.hasOwn(KIND_BY_RESOURCE, resource) ? KIND_BY_RESOURCE[resource] : undefined;
  if (group !== 'lockstep.dev' || expectedKind === undefined || expectedKind !== kind) {
    throw badReview('request.kind', `must be ${OWN_KINDS.join(' or ')} of lockstep.dev`);
  }
  const isWrite =
    subresource === '' &&
    (admissionRequest.operation === 'CREATE' || admissionRequest.operation === 'UPDATE');
  const write = isWrite ? readPolicyWrite(request, admissionRequest.operation === 'UPDATE') : undefined;
  return { ...admissionRequest, kind: expectedKind, write };
}

function readPolicyWrite(request: JsonObject, isUpdate: boolean): PolicyWrite | undefined {
  const document = requireObject(ownProperty(request, 'object'), 'request.object');
  const metadata = metadataOf(document, 'request.object');
  const deletionTimestamp = optionalText(
    metadata,
    'deletionTimestamp',
    'request.object.metadata.deletionTimestamp',
  );
  if (deletionTimestamp !== '') return undefined;
  return { document, isUnchanged: isUpdate && isSameGeneration(metadata, request) };
}

/**
 * The API server increments the generation if anything but metadata and status changes. It does so before it calls the
 * webhook.
 */
function isSameGeneration(metadata: JsonObject, request: JsonObject): boolean {
  const oldObject = requireObject(ownProperty(request, 'oldObject'), 'request.oldObject');
  const generation = ownProperty(metadata, 'generation');
  return (
    typeof generation === 'number' &&
    generation === ownProperty(metadataOf(oldObject, 'request.oldObject'), 'generation')
  );
}

const metadataOf = (object: JsonObject, field: string): JsonObject =>
  requireObject(ownProperty(object, 'metadata') ?? {}, `${field}.metadata`);
