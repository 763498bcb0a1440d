import type { Buffer } from 'node:buffer';
import type { Request } from '../engine/secret.ts';
import { LockstepError } from '../errors.ts';
import {
  badReview,
  type Fields,
  isFields,
  objectAt,
  optionalBoolean,
  optionalText,
  own,
  requiredText,
} from './fields.ts';
import { parseJson } from './json.ts';
import { hasData, type Identity, readSecret } from './secret-object.ts';

/** A review is answered in the version it came in. */
const API_VERSIONS = ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'] as const;
const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

export type ApiVersion = (typeof API_VERSIONS)[number];
export type Operation = (typeof OPERATIONS)[number];

/** One AdmissionReview, read and checked. Of the Secret's values nothing is here but what is wrapped inside `request`. */
export interface Review {
  readonly apiVersion: ApiVersion;
  readonly uid: string;
  readonly operation: Operation;
  readonly namespace: string;
  /** Empty under `generateName` before the API server has chosen, and in a DELETE of a collection. */
  readonly name: string;
  readonly username: string;
  readonly dryRun: boolean;
  /** resourceVersion of what is stored now; empty where nothing is. */
  readonly storedVersion: string;
  /** What the engine is asked; undefined where lockstep has nothing to say: another kind, a subresource, DELETE, CONNECT. */
  readonly request: Request | undefined;
  /** False where the raw object has no `data`, so that a patch must make it first. */
  readonly hasData: boolean;
}

/** Throws BAD_REVIEW or NOT_JSON: a review that is not one is answered with 400, never with a guess. */
export function readReview(body: Buffer): Review {
  const review = objectAt(parsed(body), 'the body');
  const apiVersion = oneOf(API_VERSIONS, own(review, 'apiVersion'), 'apiVersion');
  oneOf(['AdmissionReview'], own(review, 'kind'), 'kind');
  const request = objectAt(own(review, 'request'), 'request');
  const operation = oneOf(OPERATIONS, own(request, 'operation'), 'request.operation');
  const about = {
    apiVersion,
    uid: requiredText(request, 'uid', 'request.uid'),
    operation,
    namespace: optionalText(request, 'namespace', 'request.namespace'),
    name: optionalText(request, 'name', 'request.name'),
    username: usernameOf(request),
    dryRun: optionalBoolean(request, 'dryRun', 'request.dryRun'),
  };
  const writesSecret = isSecret(request) && (operation === 'CREATE' || operation === 'UPDATE');
  if (!writesSecret) return { ...about, storedVersion: '', request: undefined, hasData: false };
  return { ...about, ...readWrite(request, operation, about) };
}

/** JSON.parse's own message quotes the body, and with it a value. */
function parsed(body: Buffer): unknown {
  if (body.length === 0) throw new LockstepError('EMPTY_BODY');
  try {
    return parseJson(body);
  } catch {
    throw new LockstepError('NOT_JSON');
  }
}

function readWrite(
  request: Fields,
  operation: 'CREATE' | 'UPDATE',
  about: Identity & { readonly username: string },
): Pick<Review, 'storedVersion' | 'request' | 'hasData'> {
  const object = objectAt(own(request, 'object'), 'request.object');
  const secret = readSecret(object, about, 'request.object');
  const username = about.username === '' ? undefined : about.username;
  if (operation === 'CREATE') {
    return {
      storedVersion: '',
      request: { operation, secret, old: undefined, username },
      hasData: hasData(object),
    };
  }
  const oldObject = objectAt(own(request, 'oldObject'), 'request.oldObject');
  const old = readSecret(oldObject, about, 'request.oldObject');
  return {
    storedVersion: versionOf(oldObject),
    request: { operation, secret, old, username },
    hasData: hasData(object),
  };
}

function versionOf(object: Fields): string {
  const metadata = objectAt(own(object, 'metadata') ?? {}, 'request.oldObject.metadata');
  return optionalText(metadata, 'resourceVersion', 'request.oldObject.metadata.resourceVersion');
}

function isSecret(request: Fields): boolean {
  const kind = objectAt(own(request, 'kind'), 'request.kind');
  const resource = objectAt(own(request, 'resource'), 'request.resource');
  return (
    optionalText(kind, 'group', 'request.kind.group') === '' &&
    requiredText(kind, 'kind', 'request.kind.kind') === 'Secret' &&
    requiredText(resource, 'resource', 'request.resource.resource') === 'secrets' &&
    optionalText(request, 'subResource', 'request.subResource') === ''
  );
}

function usernameOf(request: Fields): string {
  const userInfo = own(request, 'userInfo');
  return isFields(userInfo) ? optionalText(userInfo, 'username', 'request.userInfo.username') : '';
}

function oneOf<Known extends string>(known: readonly Known[], value: unknown, field: string): Known {
  const found = known.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw badReview(field, value === undefined ? 'is missing' : `must be ${known.join(' or ')}`);
}
