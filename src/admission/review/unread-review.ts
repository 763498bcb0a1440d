import { Buffer } from 'node:buffer';
import type { LockstepError } from '../../errors.ts';
import { type About, readAbout } from './admission-request.ts';
import { type Fields, isFields, own } from './json-fields.ts';
import { endOfString } from './json-structure.ts';
import { type AdmissionResponse, type Denial, serialize } from './response.ts';
import { warningLines } from './warnings.ts';

/** The parts of a review that its beginning tells: all but the objects. `dryRun` comes behind them. */
export interface UnreadReview extends Omit<About, 'dryRun'> {
  readonly kind: Denial['details']['kind'];
}

/** The answer to a review that is not judged, because it is not read. */
export interface UnreadAnswer {
  readonly verdict: 'denied' | 'warned';
  readonly json: string;
}

/**
 * Undefined where the beginning is not what an API server writes. It puts the large parts last:
 *
 *     {"kind":"AdmissionReview","apiVersion":"…","request":{"uid":"…", … ,"userInfo":{…},"object":{ … },"oldObject":…,"dryRun":…,"options":…}}
 */
export function readBeginning(head: Buffer): UnreadReview | undefined {
  const end = beforeObjects(head);
  if (end === undefined) return undefined;
  try {
    const { about, request } = readAbout(JSON.parse(`${head.toString('utf8', 0, end)}}}`));
    return { ...about, kind: kindOf(request) };
  } catch {
    // Another order, or no review at all: the caller is told so by a Status.
    return undefined;
  }
}

/** It goes in with a warning where nothing may be refused. */
export function answerUnread(review: UnreadReview, error: LockstepError, mayRefuse: boolean): UnreadAnswer {
  const message = `is not judged: ${error.message} [lockstep]`;
  const verdict = mayRefuse ? 'denied' : 'warned';
  const response: AdmissionResponse = {
    uid: review.uid,
    allowed: !mayRefuse,
    ...(mayRefuse
      ? { status: denial(review, message) }
      : { warnings: warningLines([`${FIELD}: ${message}`]) }),
    auditAnnotations: { verdict, unread: error.code },
  };
  return { verdict, json: serialize(review, { response }) };
}

/** kubectl prints no cause without a field. */
const FIELD = 'metadata';

function denial({ name, kind }: UnreadReview, message: string): Denial {
  return {
    code: 422,
    reason: 'Invalid',
    message: `${FIELD}: ${message}`,
    details: { name, kind, causes: [{ reason: 'FieldValueInvalid', field: FIELD, message }] },
  };
}

function kindOf(request: Fields): UnreadReview['kind'] {
  const kind = own(request, 'kind');
  const name = isFields(kind) ? own(kind, 'kind') : undefined;
  return name === 'SecretPolicy' || name === 'PostgresCredential' ? name : 'Secret';
}

const OBJECTS = ['"object"', '"oldObject"'].map((text) => Buffer.from(text, 'utf8'));
const COMMA = 0x2c;
const OPEN = [0x5b, 0x7b];
const CLOSE = [0x5d, 0x7d];

/** The place of the comma before the first of the objects inside `request`; undefined where neither is in sight. */
function beforeObjects(head: Buffer): number | undefined {
  let depth = 0;
  let comma = 0;
  for (let at = 0; at < head.length; at += 1) {
    const byte = head[at] ?? 0;
    if (byte === QUOTE) {
      const end = endOfString(head, at);
      const text = head.subarray(at, end + 1);
      if (depth === 2 && comma > 0 && OBJECTS.some((name) => name.equals(text))) return comma;
      at = end;
    } else if (OPEN.includes(byte)) depth += 1;
    else if (CLOSE.includes(byte)) depth -= 1;
    if (byte === COMMA && depth === 2) comma = at;
  }
  return undefined;
}

const QUOTE = 0x22;
