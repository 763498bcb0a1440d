import type { Buffer } from 'node:buffer';
import { LockstepError } from '../../errors/errors.ts';
import {
  badReview,
  isJsonObject,
  type JsonObject,
  optionalBoolean,
  optionalText,
  ownProperty,
  requiredText,
  requireObject,
} from './json-fields.ts';

/** The kinds that lockstep defines. */
export const OWN_KINDS = ['SecretPolicy', 'PostgresCredential', 'RedisCredential'] as const;

export type LockstepKind = (typeof OWN_KINDS)[number];

export const isOwnKind = (kind: unknown): kind is LockstepKind => OWN_KINDS.some((own) => own === kind);

/** lockstep answers a review in the version of the request. */
const API_VERSIONS = ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'] as const;
const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

type ApiVersion = (typeof API_VERSIONS)[number];
type Operation = (typeof OPERATIONS)[number];

/** The fields of each AdmissionReview, for any kind of object. */
export interface AdmissionRequest {
  readonly apiVersion: ApiVersion;
  readonly uid: string;
  readonly operation: Operation;
  /** Empty for a cluster-scoped object. */
  readonly namespace: string;
  /** Empty under `generateName` before the API server has chosen a name, and in a DELETE of a collection. */
  readonly name: string;
  readonly username: string;
  readonly dryRun: boolean;
}

/** Throws BAD_REVIEW. A malformed review is answered with 400, never with a guess. */
export function readAdmissionRequest(json: unknown): {
  readonly admissionRequest: AdmissionRequest;
  readonly request: JsonObject;
} {
  const reviewObject = requireObject(json, 'the body');
  const apiVersion = oneOf(API_VERSIONS, ownProperty(reviewObject, 'apiVersion'), 'apiVersion');
  oneOf(['AdmissionReview'], ownProperty(reviewObject, 'kind'), 'kind');
  const request = requireObject(ownProperty(reviewObject, 'request'), 'request');
  const admissionRequest = {
    apiVersion,
    operation: oneOf(OPERATIONS, ownProperty(request, 'operation'), 'request.operation'),
    uid: requiredText(request, 'uid', 'request.uid'),
    namespace: optionalText(request, 'namespace', 'request.namespace'),
    name: optionalText(request, 'name', 'request.name'),
    username: usernameOf(request),
    dryRun: optionalBoolean(request, 'dryRun', 'request.dryRun'),
  };
  return { admissionRequest, request };
}

/** Throws NOT_JSON or EMPTY_BODY. The message of JSON.parse quotes the body, and so may quote a value. */
export function parseBody(body: Buffer): unknown {
  if (body.length === 0) throw new LockstepError('EMPTY_BODY');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new LockstepError('NOT_JSON');
  }
}

/** The resource of a request. */
interface RequestTarget {
  readonly group: string;
  readonly kind: string;
  readonly resource: string;
  /** Empty for the object itself. */
  readonly subresource: string;
}

export function requestTargetOf(request: JsonObject): RequestTarget {
  const kind = requireObject(ownProperty(request, 'kind'), 'request.kind');
  const resource = requireObject(ownProperty(request, 'resource'), 'request.resource');
  return {
    group: optionalText(kind, 'group', 'request.kind.group'),
    kind: requiredText(kind, 'kind', 'request.kind.kind'),
    resource: requiredText(resource, 'resource', 'request.resource.resource'),
    subresource: optionalText(request, 'subResource', 'request.subResource'),
  };
}

function usernameOf(request: JsonObject): string {
  const userInfo = ownProperty(request, 'userInfo');
  return isJsonObject(userInfo) ? optionalText(userInfo, 'username', 'request.userInfo.username') : '';
}

function oneOf<Known extends string>(allowed: readonly Known[], value: unknown, field: string): Known {
  const match = allowed[allowed.indexOf(value as Known)];
  if (match !== undefined) return match;
  throw badReview(field, value === undefined ? 'is missing' : `must be ${allowed.join(' or ')}`);
}
