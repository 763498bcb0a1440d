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
import { isLongText } from './json-parser.ts';

/** What a review says about the Secret outside of the object: the API server has decided it, the object may not have it yet. */
export interface ObjectKey {
  readonly name: string;
  readonly namespace: string;
}

/** `object` or `oldObject` of a review, as the engine sees it. `field` is its path, for the error that names what is wrong. */
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
    data: readData(ownProperty(object, 'data'), `${field}.data`),
  };
}

/** The object that has made a Secret and keeps it, as the Secret says. Nobody has checked that there is one. */
export interface ControllerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** Undefined where there is none, or what names it is not whole. */
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

/** A patch can add a key only where the raw object has the map it goes into. */
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

function readData(data: unknown, field: string): ReadonlyMap<string, Sensitive> {
  const values = new Map<string, Sensitive>();
  if (data === undefined || data === null) return values;
  const entries = requireObject(data, field);
  for (const key of Object.keys(entries)) {
    values.set(key, readValue(entries[key], `${field}[${key}]`));
  }
  return values;
}

/** null is how the API server's JSON spells a value without bytes. */
function readValue(value: unknown, field: string): Sensitive {
  if (value === null) return Sensitive.fromBase64('');
  if (isLongText(value)) return Sensitive.fromBase64(value);
  if (typeof value !== 'string') throw badReview(field, 'must be a string');
  const base64 = readBase64(value);
  if (base64 === undefined) throw badReview(field, 'is not base64');
  return Sensitive.fromBase64(base64);
}
