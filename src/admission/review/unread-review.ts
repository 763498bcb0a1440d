import { Buffer } from 'node:buffer';
import type { LockstepError } from '../../errors/errors.ts';
import { type AdmissionRequest, isOwnKind, readAdmissionRequest } from './admission-request.ts';
import { isJsonObject, type JsonObject, ownProperty } from './json-fields.ts';
import { endOfString } from './json-structure.ts';
import { type AdmissionResponse, type DenialStatus, serialize } from './response.ts';
import { warningLines } from './warnings.ts';

/** The parts of a review that its beginning holds: all but the objects. `dryRun` comes after them. */
export interface UnreadReview extends Omit<AdmissionRequest, 'dryRun'> {
  readonly kind: DenialStatus['details']['kind'];
}

/** The effect on a write whose review lockstep does not read. */
export type UnreadEffect = 'unvalidated' | 'unchanged';

const EFFECT_TEXT: Readonly<Record<UnreadEffect, string>> = {
  unvalidated: 'is not validated',
  unchanged: 'is not changed',
};

/** The answer to a review that is not read. */
export interface UnreadAnswer {
  readonly verdict: 'denied' | 'warned';
  readonly json: string;
}

/**
 * Undefined if the beginning does not look like one of an API server. An API server puts the large parts last:
 *
 *     {"kind":"AdmissionReview","apiVersion":"…","request":{"uid":"…", … ,"userInfo":{…},"object":{ … },"oldObject":…,"dryRun":…,"options":…}}
 */
export function readReviewHead(head: Buffer): UnreadReview | undefined {
  const end = offsetOfObjects(head);
  if (end === undefined) return undefined;
  try {
    const { admissionRequest, request } = readAdmissionRequest(
      JSON.parse(`${head.toString('utf8', 0, end)}}}`),
    );
    return { ...admissionRequest, kind: kindOf(request) };
  } catch {
    // Another order, or no review at all. The caller gets a Status.
    return undefined;
  }
}

const NAMESPACE_FIELD = '"namespace":"';
/** In bytes. The names before the namespace have at most 253 each. */
const BEFORE_NAMESPACE = 2048;

/**
 * The namespace of a review that is not read yet, only to share the time between namespaces. A sender that hides it
 * gains nothing: it could as well name another one. Empty if the review has none.
 *
 * The API server writes it before all that a user chooses, and without blanks. In a string these quotes are escaped.
 */
export function readNamespace(head: Buffer): string {
  const text = head.toString('latin1', 0, BEFORE_NAMESPACE);
  const at = text.indexOf(NAMESPACE_FIELD);
  const start = at + NAMESPACE_FIELD.length;
  const end = text.indexOf('"', start);
  return at === -1 || end === -1 ? '' : text.slice(start, end);
}

/** If lockstep may not refuse the review, it allows it with a warning. */
export function answerUnread(
  review: UnreadReview,
  error: LockstepError,
  mayDeny: boolean,
  effect: UnreadEffect,
): UnreadAnswer {
  const message = `${EFFECT_TEXT[effect]}: ${error.message} [lockstep]`;
  const verdict = mayDeny ? 'denied' : 'warned';
  const response: AdmissionResponse = {
    uid: review.uid,
    allowed: !mayDeny,
    ...(mayDeny
      ? { status: denialStatus(review, message) }
      : { warnings: warningLines([`${METADATA_FIELD}: ${message}`]) }),
    auditAnnotations: { verdict, unread: error.code },
  };
  return { verdict, json: serialize(review, { response }) };
}

/** kubectl prints no cause without a field. */
const METADATA_FIELD = 'metadata';

function denialStatus({ name, kind }: UnreadReview, message: string): DenialStatus {
  return {
    code: 422,
    reason: 'Invalid',
    message: `${METADATA_FIELD}: ${message}`,
    details: { name, kind, causes: [{ reason: 'FieldValueInvalid', field: METADATA_FIELD, message }] },
  };
}

function kindOf(request: JsonObject): UnreadReview['kind'] {
  const kind = ownProperty(request, 'kind');
  const name = isJsonObject(kind) ? ownProperty(kind, 'kind') : undefined;
  return isOwnKind(name) ? name : 'Secret';
}

const OBJECT_FIELDS = ['"object"', '"oldObject"'].map((text) => Buffer.from(text, 'utf8'));
const COMMA = 0x2c;
const OPEN_BRACKETS = [0x5b, 0x7b];
const CLOSE_BRACKETS = [0x5d, 0x7d];

/** The offset of the comma before the first object inside `request`. Undefined if `head` holds neither object. */
function offsetOfObjects(head: Buffer): number | undefined {
  let depth = 0;
  let lastComma = 0;
  for (let offset = 0; offset < head.length; offset += 1) {
    const byte = head[offset] ?? 0;
    if (byte === QUOTE) {
      const end = endOfString(head, offset);
      const text = head.subarray(offset, end + 1);
      if (depth === 2 && lastComma > 0 && OBJECT_FIELDS.some((name) => name.equals(text))) return lastComma;
      offset = end;
    } else if (OPEN_BRACKETS.includes(byte)) depth += 1;
    else if (CLOSE_BRACKETS.includes(byte)) depth -= 1;
    if (byte === COMMA && depth === 2) lastComma = offset;
  }
  return undefined;
}

const QUOTE = 0x22;
