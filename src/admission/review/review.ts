import type { Buffer } from 'node:buffer';
import type { Request } from '../../engine/secret/secret.ts';
import {
  type AdmissionRequest,
  parseBody,
  readAdmissionRequest,
  requestTargetOf,
} from './admission-request.ts';
import { isJsonObject, type JsonObject, optionalText, ownProperty, requireObject } from './json-fields.ts';
import { type ControllerReference, controllerReferenceOf, hasData, readSecret } from './secret-object.ts';

/** One AdmissionReview of a Secret, parsed and checked. It holds no value except those wrapped inside `request`. */
export interface Review extends AdmissionRequest {
  /** The resourceVersion of the stored Secret. Empty if there is none. */
  readonly storedVersion: string;
  /**
   * The request to the engine. Undefined if lockstep does not decide: another kind, a subresource, DELETE or CONNECT.
   */
  readonly request: Request | undefined;
  /** The owner of the Secret, for a message to it. */
  readonly controller: ControllerReference | undefined;
  /** False if the raw object has no `data`. A patch must then create it first. */
  readonly hasData: boolean;
}

/** Throws BAD_REVIEW or NOT_JSON. A malformed review is answered with 400, never with a guess. */
export function readReview(body: Buffer): Review {
  const { admissionRequest, request } = readAdmissionRequest(parseBody(body));
  const { operation } = admissionRequest;
  const writesSecret = isSecret(request) && (operation === 'CREATE' || operation === 'UPDATE');
  return writesSecret
    ? readSecretWrite(request, operation, admissionRequest)
    : { ...admissionRequest, storedVersion: '', request: undefined, controller: undefined, hasData: false };
}

function readSecretWrite(
  request: JsonObject,
  operation: 'CREATE' | 'UPDATE',
  admissionRequest: AdmissionRequest,
): Review {
  const { username } = admissionRequest;
  const object = requireObject(ownProperty(request, 'object'), 'request.object');
  const secret = readSecret(object, admissionRequest, 'request.object');
  const oldObject =
    operation === 'CREATE'
      ? undefined
      : requireObject(ownProperty(request, 'oldObject'), 'request.oldObject');
  const old = oldObject && readSecret(oldObject, admissionRequest, 'request.oldObject');
  return {
    ...admissionRequest,
    storedVersion: oldObject === undefined ? '' : resourceVersionOf(oldObject),
    request: {
      operation,
      secret,
      old,
      username: username === '' ? undefined : username,
      fieldManager: fieldManagerOf(request),
    },
    controller: controllerReferenceOf(object),
    hasData: hasData(object),
  };
}

function resourceVersionOf(object: JsonObject): string {
  const metadata = requireObject(ownProperty(object, 'metadata') ?? {}, 'request.oldObject.metadata');
  return optionalText(metadata, 'resourceVersion', 'request.oldObject.metadata.resourceVersion');
}

function fieldManagerOf(request: JsonObject): string | undefined {
  const options = ownProperty(request, 'options');
  if (!isJsonObject(options)) return undefined;
  return optionalText(options, 'fieldManager', 'request.options.fieldManager') || undefined;
}

function isSecret(request: JsonObject): boolean {
  const { group, kind, resource, subresource } = requestTargetOf(request);
  return group === '' && kind === 'Secret' && resource === 'secrets' && subresource === '';
}
