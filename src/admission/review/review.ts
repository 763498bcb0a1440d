import type { Buffer } from 'node:buffer';
import type { Request } from '../../engine/secret/secret.ts';
import { type About, parsed, readAbout, subjectOf } from './admission-request.ts';
import { type Fields, objectAt, optionalText, own } from './json-fields.ts';
import { parseJson } from './json-parser.ts';
import { type Controller, controllerIn, hasData, type Identity, readSecret } from './secret-object.ts';

/** One AdmissionReview of a Secret, read and checked. Of its values nothing is here but what is wrapped inside `request`. */
export interface Review extends About {
  /** resourceVersion of what is stored now; empty where nothing is. */
  readonly storedVersion: string;
  /** What the engine is asked; undefined where lockstep has nothing to say: another kind, a subresource, DELETE, CONNECT. */
  readonly request: Request | undefined;
  /** Whose Secret it is, for whoever has to tell its owner. */
  readonly controller: Controller | undefined;
  /** False where the raw object has no `data`, so that a patch must make it first. */
  readonly hasData: boolean;
}

/** Throws BAD_REVIEW or NOT_JSON: a review that is not one is answered with 400, never with a guess. */
export function readReview(body: Buffer): Review {
  const { about, request } = readAbout(parsed(body, parseJson));
  const { operation } = about;
  const writesSecret = isSecret(request) && (operation === 'CREATE' || operation === 'UPDATE');
  if (!writesSecret) return { ...about, ...NO_WRITE };
  return { ...about, ...readWrite(request, operation, about) };
}

const NO_WRITE = { storedVersion: '', request: undefined, controller: undefined, hasData: false };

function readWrite(
  request: Fields,
  operation: 'CREATE' | 'UPDATE',
  about: Identity & { readonly username: string },
): Omit<Review, keyof About> {
  const object = objectAt(own(request, 'object'), 'request.object');
  const secret = readSecret(object, about, 'request.object');
  const raw = { controller: controllerIn(object), hasData: hasData(object) };
  const username = about.username === '' ? undefined : about.username;
  if (operation === 'CREATE') {
    return {
      storedVersion: '',
      request: { operation, secret, old: undefined, username },
      ...raw,
    };
  }
  const oldObject = objectAt(own(request, 'oldObject'), 'request.oldObject');
  const old = readSecret(oldObject, about, 'request.oldObject');
  return {
    storedVersion: versionOf(oldObject),
    request: { operation, secret, old, username },
    ...raw,
  };
}

function versionOf(object: Fields): string {
  const metadata = objectAt(own(object, 'metadata') ?? {}, 'request.oldObject.metadata');
  return optionalText(metadata, 'resourceVersion', 'request.oldObject.metadata.resourceVersion');
}

function isSecret(request: Fields): boolean {
  const { group, kind, resource, subresource } = subjectOf(request);
  return group === '' && kind === 'Secret' && resource === 'secrets' && subresource === '';
}
