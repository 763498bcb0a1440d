import type { Change, Decision } from '../../engine/evaluation/decision.ts';
import { denies, type Finding, fieldOf, sentence, strictestOf } from '../../engine/finding/finding.ts';
import { encodePatch, patchOf } from './patch.ts';
import type { Review } from './review.ts';
import { oneLine, warningLines } from './warnings.ts';

export interface Cause {
  readonly reason: 'FieldValueInvalid' | 'FieldValueRequired';
  readonly field: string;
  readonly message: string;
}

/** Unprocessable, reason Invalid, with causes: the one denial after which kubectl does not print the patch and its values. */
export interface Denial {
  readonly code: 422;
  readonly reason: 'Invalid';
  readonly message: string;
  readonly details: {
    readonly name: string;
    readonly group?: string;
    readonly kind: 'Secret' | 'SecretPolicy' | 'PostgresCredential';
    readonly causes: readonly Cause[];
  };
}

export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: Denial;
  readonly patchType?: 'JSONPatch';
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** `passed`: not judged. `warned`: allowed, with findings. */
export type Verdict = 'passed' | 'allowed' | 'patched' | 'warned' | 'denied';

export interface Answer {
  readonly verdict: Verdict;
  /** What the engine said; undefined where it was not asked. */
  readonly decision: Decision | undefined;
  readonly response: AdmissionResponse;
}

/** Nothing to say, but to the audit log: there a write that lockstep was not asked about has no annotation of its. */
export function passed(review: Review, decision?: Decision): Answer {
  const response = { uid: review.uid, allowed: true };
  if (decision === undefined) return { verdict: 'passed', decision, response };
  return { verdict: 'passed', decision, response: { ...response, ...audit('passed', decision) } };
}

/** The warning comes back in the answer to the dry run: so whoever sent it knows that lockstep was asked, and not just something. */
export function probed(review: Review, decision: Decision): Answer {
  const answer = passed(review, decision);
  return {
    ...answer,
    response: { ...answer.response, ...warnings(['lockstep: self-probe answered'], String) },
  };
}

/** What the mutating webhook says: the keys it writes, and what kubectl prints of each. */
export function patched(review: Review, decision: Decision): Answer {
  const { changes } = decision;
  return {
    verdict: 'patched',
    decision,
    response: {
      uid: review.uid,
      allowed: true,
      patchType: 'JSONPatch',
      patch: encodePatch(patchOf(changes, review.hasData)),
      ...warnings(changes.filter(isAnnounced), warningOf),
      ...audit('patched', decision),
    },
  };
}

/** What is said of a Secret that goes in as it is. */
export function allowed(review: Review, decision: Decision): Answer {
  const warned = decision.findings.filter(({ action }) => action === 'Warn');
  const verdict = warned.length === 0 ? 'allowed' : 'warned';
  return {
    verdict,
    decision,
    response: {
      uid: review.uid,
      allowed: true,
      ...warnings(warned, lineOf),
      ...audit(verdict, decision),
    },
  };
}

/** No person reads more of them, and 50,000 would be an answer of 13 MB. */
const MOST_FINDINGS = 100;

/** What it says of one that does not. A warning is printed with a denial too. */
export function denied(review: Review, decision: Decision): Answer {
  const { findings } = decision;
  const faults = findings.filter(denies);
  const shown = faults.slice(0, MOST_FINDINGS);
  const rest = faults.length - shown.length;
  const more =
    rest === 0 ? [] : [{ reason: 'FieldValueInvalid' as const, field: 'data', message: `and ${rest} more` }];
  const warned = findings.filter(({ action }) => action === 'Warn');
  return {
    verdict: 'denied',
    decision,
    response: {
      uid: review.uid,
      allowed: false,
      status: {
        code: 422,
        reason: 'Invalid',
        message: [...shown.map(lineOf), ...more.map(({ message }) => message)].join('\n'),
        details: { name: nameOf(review), kind: 'Secret', causes: [...shown.map(causeOf), ...more] },
      },
      ...warnings(warned, lineOf),
      ...audit('denied', decision),
    },
  };
}

export function serialize(
  review: Pick<Review, 'apiVersion'>,
  { response }: { readonly response: AdmissionResponse },
): string {
  return JSON.stringify({ kind: 'AdmissionReview', apiVersion: review.apiVersion, response });
}

function causeOf(finding: Finding): Cause {
  return {
    reason: finding.rule === 'required' ? 'FieldValueRequired' : 'FieldValueInvalid',
    field: fieldOf(finding),
    message: sentence(finding),
  };
}

const lineOf = (finding: Finding): string => oneLineOf(`${fieldOf(finding)}: ${sentence(finding)}`);

/** A line of `message` is not cut: it is the only place where kubectl create shows it. */
const oneLineOf = (text: string): string => text.replace(/[\u0000-\u001f\u007f]+/g, ' ');

const isAnnounced = ({ warning }: Change): boolean => warning !== undefined;

const warningOf = ({ key, warning = '' }: Change): string => `${fieldOf({ key })}: ${warning}`;

function warnings<Told>(
  all: readonly Told[],
  of: (one: Told) => string,
): Pick<AdmissionResponse, 'warnings'> {
  return all.length === 0 ? {} : { warnings: warningLines(all, of) };
}

/** Audit annotations are in the audit log from level Metadata on. What there is none of is left out. */
function audit(verdict: Verdict, decision: Decision): Pick<AdmissionResponse, 'auditAnnotations'> {
  const { skipped, policies, changes, findings } = decision;
  const totals = { changed: changes.length, findings: findings.length, policies: policies.length };
  const lists = {
    changed: changes.slice(0, MOST_FINDINGS).map(({ key, reason }) => `${key}=${reason}`),
    findings: strictestOf(findings, MOST_FINDINGS).map(({ key, rule, action }) => `${key}=${rule}/${action}`),
    policies,
  };
  return {
    auditAnnotations: {
      verdict,
      ...(skipped === undefined ? {} : { skipped }),
      ...Object.fromEntries(
        Object.entries(lists)
          .filter(([, items]) => items.length > 0)
          .map(([name, items]) => [name, listed(items, totals[name as keyof typeof totals])]),
      ),
    },
  };
}

/** Characters of a list that is too long for one annotation: the rest says how many are left out. */
const CUT = 232;

/** `all`: how many there are, where `items` are only the first of them. */
function listed(items: readonly string[], all: number): string {
  const line = oneLine(items.join(','));
  if (items.length === all && !line.endsWith('…')) return line;
  const cut = line.slice(0, CUT).toWellFormed();
  const end = cut.lastIndexOf(',');
  const whole = end === -1 ? cut : cut.slice(0, end);
  return `${whole}… and ${all - whole.split(',').length} more`;
}

/** `*` stands for what the API server will append to generateName. */
function nameOf(review: Review): string {
  if (review.name !== '') return review.name;
  const secret = review.request?.secret;
  if (secret === undefined) return '';
  return secret.name || (secret.generateName === '' ? '' : `${secret.generateName}*`);
}
