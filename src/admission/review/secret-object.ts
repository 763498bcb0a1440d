import { readBase64 } from '../../engine/secret/base64.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import {
  badReview,
  isJsonObject,
  type JsonObject,
  optionalBoolean,
  optionalText,
  optionalTextMap,
  ownProperty,
  requireObject,
} from './json-fields.ts';

/** The fields of a review that the API server has decided. The object itself may not have them yet. */
export interface ObjectKey {
  readonly name: string;
  readonly namespace: string;
}

/** `object` or `oldObject` of a review, as the engine reads it. `field` is its path, for the error message. */
export function readSecret(object: JsonObject, objectKey: ObjectKey, field: string): Secret {
  const metadata = requireObject(ownProperty(object, 'metadata') ?? {}, `${field}.metadata`);
  return {
    name: objectKey.name || optionalText(metadata, 'name', `${field}.metadata.name`),
    generateName: optionalText(metadata, 'generateName', `${field}.metadata.generateName`),
    namespace: objectKey.namespace || optionalText(metadata, 'namespace', `${field}.metadata.namespace`),
    type: optionalText(object, 'type', `${field}.type`) || 'Opaque',
    labels: optionalTextMap(metadata, 'labels', `${field}.metadata.labels`),
    annotations: optionalTextMap(metadata, 'annotations', `${field}.metadata.annotations`),
    controller: controllerName(metadata),
    immutable: optionalBoolean(object, 'immutable', `${field}.immutable`),
    deleting: optionalText(metadata, 'deletionTimestamp', `${field}.metadata.deletionTimestamp`) !== '',
    data: readData(ownProperty(object, 'data'), `${field}.data`, field === 'request.oldObject'),
  };
}

/** The controller that owns the Secret, as its ownerReference claims. The object may not exist. */
export interface ControllerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** Undefined if there is none, or if its reference is incomplete. */
export function controllerReferenceOf(object: JsonObject): ControllerReference | undefined {
  const metadata = ownProperty(object, 'metadata');
  const owner = isJsonObject(metadata) ? controllerOwner(metadata) : undefined;
  if (owner === undefined) return undefined;
  const { apiVersion, kind, name, uid } = owner;
  const texts = [apiVersion, kind, name, uid];
  return texts.every((text) => typeof text === 'string' && text !== '')
    ? ({ apiVersion, kind, name, uid } as unknown as ControllerReference)
    : undefined;
}

/** A patch can add a key only if the raw object has the parent map. */
export function hasData(object: JsonObject): boolean {
  return isJsonObject(ownProperty(object, 'data'));
}

function controllerName(metadata: JsonObject): string | undefined {
  const controller = controllerOwner(metadata);
  return controller && `${String(controller.kind)}/${String(controller.name)}`;
}

function controllerOwner(metadata: JsonObject): JsonObject | undefined {
  const owners = ownProperty(metadata, 'ownerReferences');
  if (!Array.isArray(owners)) return undefined;
  return owners.filter(isJsonObject).find(({ controller }) => controller === true);
}

/** A stored value that is no base64 is no value. A write that replaces it must pass. */
function readData(data: unknown, field: string, isStored: boolean): ReadonlyMap<string, Sensitive> {
  const values = new Map<string, Sensitive>();
  if (data === undefined || data === null) return values;
  const entries = requireObject(data, field);
  for (const key of Object.keys(entries)) {
    const value = readValue(entries[key], isStored);
    if (typeof value === 'string') throw badReview(`${field}[${key}]`, value);
    values.set(key, value);
  }
  return values;
}

/** The API server's JSON writes an empty value as null. The result is a text if there is no value: the fault. */
function readValue(value: unknown, isStored: boolean): Sensitive | string {
  if (value === null) return Sensitive.fromBase64('');
  if (typeof value !== 'string') return 'must be a string';
  const base64 = readBase64(value);
  if (base64 === undefined && !isStored) return 'is not base64';
  return Sensitive.fromBase64(base64 ?? '');
}
