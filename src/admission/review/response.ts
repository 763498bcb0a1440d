import type { Change, Decision } from '../../engine/evaluation/decision.ts';
import { denies, type Finding, fieldOf, sentence, strictestOf } from '../../engine/finding/finding.ts';
import { encodePatch, patchOf } from './patch.ts';
import type { Review } from './review.ts';
import { oneLine, warningLines } from './warnings.ts';

export interface StatusCause {
  readonly reason: 'FieldValueInvalid' | 'FieldValueRequired';
  readonly field: string;
  readonly message: string;
}

/** Unprocessable, reason Invalid, with causes: the one denial after which kubectl does not print the patch and its values. */
export interface DenialStatus {
  readonly code: 422;
  readonly reason: 'Invalid';
  readonly message: string;
  readonly details: {
    readonly name: string;
    readonly group?: string;
    readonly kind: 'Secret' | 'SecretPolicy' | 'PostgresCredential';
    readonly causes: readonly StatusCause[];
  };
}

export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: DenialStatus;
  readonly patchType?: 'JSONPatch';
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** `passed`: not judged. `warned`: allowed, with findings. */
export type ReviewVerdict = 'passed' | 'allowed' | 'patched' | 'warned' | 'denied';

export interface ReviewAnswer {
  readonly verdict: ReviewVerdict;
  /** What the engine said; undefined where it was not asked. */
  readonly decision: Decision | undefined;
  readonly response: AdmissionResponse;
}

/** Nothing to say, but to the audit log: there a write that lockstep was not asked about has no annotation of its. */
export function passed(review: Review, decision?: Decision): ReviewAnswer {
  const response = { uid: review.uid, allowed: true };
  if (decision === undefined) return { verdict: 'passed', decision, response };
  return {
    verdict: 'passed',
    decision,
    response: { ...response, ...auditAnnotationsOf('passed', decision) },
  };
}

/** The warning comes back in the answer to the dry run: so whoever sent it knows that lockstep was asked, and not just something. */
export function probeAnswered(review: Review, decision: Decision): ReviewAnswer {
  const answer = passed(review, decision);
  return {
    ...answer,
    response: { ...answer.response, ...warnings(['lockstep: self-probe answered'], String) },
  };
}

/** What the mutating webhook says: the keys it writes, and what kubectl prints of each. */
export function patched(review: Review, decision: Decision): ReviewAnswer {
  const { changes } = decision;
  return {
    verdict: 'patched',
    decision,
    response: {
      uid: review.uid,
      allowed: true,
      patchType: 'JSONPatch',
      patch: encodePatch(patchOf(changes, review.hasData)),
      ...warnings(changes.filter(hasWarning), warningOf),
      ...auditAnnotationsOf('patched', decision),
    },
  };
}

/** What is said of a Secret that goes in as it is. */
export function allowed(review: Review, decision: Decision): ReviewAnswer {
  const warningFindings = decision.findings.filter(({ action }) => action === 'Warn');
  const verdict = warningFindings.length === 0 ? 'allowed' : 'warned';
  return {
    verdict,
    decision,
    response: {
      uid: review.uid,
      allowed: true,
      ...warnings(warningFindings, findingLine),
      ...auditAnnotationsOf(verdict, decision),
    },
  };
}

/** No person reads more of them, and 50,000 would be an answer of 13 MB. */
const MAX_FINDINGS = 100;

/** What it says of one that does not. A warning is printed with a denial too. */
export function denied(review: Review, decision: Decision): ReviewAnswer {
  const { findings } = decision;
  const denials = findings.filter(denies);
  const shown = denials.slice(0, MAX_FINDINGS);
  const hiddenCount = denials.length - shown.length;
  const moreCauses =
    hiddenCount === 0
      ? []
      : [{ reason: 'FieldValueInvalid' as const, field: 'data', message: `and ${hiddenCount} more` }];
  const warningFindings = findings.filter(({ action }) => action === 'Warn');
  return {
    verdict: 'denied',
    decision,
    response: {
      uid: review.uid,
      allowed: false,
      status: {
        code: 422,
        reason: 'Invalid',
        message: [...shown.map(findingLine), ...moreCauses.map(({ message }) => message)].join('\n'),
        details: {
          name: reviewedName(review),
          kind: 'Secret',
          causes: [...shown.map(causeOf), ...moreCauses],
        },
      },
      ...warnings(warningFindings, findingLine),
      ...auditAnnotationsOf('denied', decision),
    },
  };
}

export function serialize(
  review: Pick<Review, 'apiVersion'>,
  { response }: { readonly response: AdmissionResponse },
): string {
  return JSON.stringify({ kind: 'AdmissionReview', apiVersion: review.apiVersion, response });
}

function causeOf(finding: Finding): StatusCause {
  return {
    reason: finding.rule === 'required' ? 'FieldValueRequired' : 'FieldValueInvalid',
    field: fieldOf(finding),
    message: sentence(finding),
  };
}

const findingLine = (finding: Finding): string =>
  withoutLineBreaks(`${fieldOf(finding)}: ${sentence(finding)}`);

/** A line of `message` is not cut: it is the only place where kubectl create shows it. */
const withoutLineBreaks = (text: string): string => text.replace(/[\u0000-\u001f\u007f]+/g, ' ');

const hasWarning = ({ warning }: Change): boolean => warning !== undefined;

const warningOf = ({ key, warning = '' }: Change): string => `${fieldOf({ key })}: ${warning}`;

function warnings<Told>(
  items: readonly Told[],
  toSentence: (item: Told) => string,
): Pick<AdmissionResponse, 'warnings'> {
  return items.length === 0 ? {} : { warnings: warningLines(items, toSentence) };
}

/** Audit annotations are in the audit log from level Metadata on. What there is none of is left out. */
function auditAnnotationsOf(
  verdict: ReviewVerdict,
  decision: Decision,
): Pick<AdmissionResponse, 'auditAnnotations'> {
  const { skipped, policies, changes, findings } = decision;
  const totals = { changed: changes.length, findings: findings.length, policies: policies.length };
  const lists = {
    changed: changes.slice(0, MAX_FINDINGS).map(({ key, reason }) => `${key}=${reason}`),
    findings: strictestOf(findings, MAX_FINDINGS).map(({ key, rule, action }) => `${key}=${rule}/${action}`),
    policies,
  };
  return {
    auditAnnotations: {
      verdict,
      ...(skipped === undefined ? {} : { skipped }),
      ...Object.fromEntries(
        Object.entries(lists)
          .filter(([, items]) => items.length > 0)
          .map(([name, items]) => [name, truncatedList(items, totals[name as keyof typeof totals])]),
      ),
    },
  };
}

/** Characters of a list that is too long for one annotation: the rest says how many are left out. */
const MAX_LIST_LENGTH = 232;

/** `all`: how many there are, where `items` are only the first of them. */
function truncatedList(items: readonly string[], total: number): string {
  const line = oneLine(items.join(','));
  if (items.length === total && !line.endsWith('…')) return line;
  const shortened = line.slice(0, MAX_LIST_LENGTH).toWellFormed();
  const end = shortened.lastIndexOf(',');
  const complete = end === -1 ? shortened : shortened.slice(0, end);
  return `${complete}… and ${total - complete.split(',').length} more`;
}

/** `*` stands for what the API server will append to generateName. */
function reviewedName(review: Review): string {
  if (review.name !== '') return review.name;
  const secret = review.request?.secret;
  if (secret === undefined) return '';
  return secret.name || (secret.generateName === '' ? '' : `${secret.generateName}*`);
}
