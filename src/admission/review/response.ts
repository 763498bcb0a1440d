import type { Change, Decision } from '../../engine/review/evaluation/decision.ts';
import {
  denies,
  type Finding,
  fieldOf,
  policySuffix,
  sentence,
  sentenceWithoutPolicy,
  strongestOf,
} from '../../engine/secret/finding/finding.ts';
import type { LockstepKind } from './admission-request.ts';
import { encodePatch, patchOf } from './patch.ts';
import type { Review } from './review.ts';
import { oneLine, warningLines } from './warnings.ts';

export interface StatusCause {
  readonly reason: 'FieldValueInvalid' | 'FieldValueRequired';
  readonly field: string;
  readonly message: string;
}

/**
 * Code 422, reason Invalid, with causes. It is the only denial after which kubectl does not print the patch with its
 * values.
 */
export interface DenialStatus {
  readonly code: 422;
  readonly reason: 'Invalid';
  readonly message: string;
  readonly details: {
    readonly name: string;
    readonly group?: string;
    readonly kind: 'Secret' | LockstepKind;
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

/** `passed`: without validation. `warned`: allowed, with findings. */
export type ReviewVerdict = 'passed' | 'allowed' | 'patched' | 'warned' | 'denied';

export interface ReviewAnswer {
  readonly verdict: ReviewVerdict;
  /** The decision of the engine. Undefined if the engine was not called. */
  readonly decision: Decision | undefined;
  readonly response: AdmissionResponse;
}

/**
 * Allows the write without a message. A write that reached the engine gets an audit annotation; any other gets none.
 */
export function passed(review: Review, decision?: Decision): ReviewAnswer {
  const { uid } = review;
  if (decision === undefined) return { verdict: 'passed', decision, response: { uid, allowed: true } };
  const auditAnnotations = auditAnnotationsOf('passed', decision);
  return { verdict: 'passed', decision, response: { uid, allowed: true, auditAnnotations } };
}

/**
 * The answer to the dry run carries the warning. So the sender knows that lockstep answered, and not another server.
 */
export function probeAnswered(review: Review, decision: Decision): ReviewAnswer {
  const answer = passed(review, decision);
  return {
    ...answer,
    response: { ...answer.response, ...warnings(['lockstep: self-probe answered'], String) },
  };
}

/** The answer of the mutating webhook: the keys that it writes, and the warning that kubectl prints for each. */
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
      auditAnnotations: auditAnnotationsOf('patched', decision),
    },
  };
}

/** The answer for a Secret that is allowed without a change. */
export function allowed(review: Review, decision: Decision): ReviewAnswer {
  const shown = findingWarnings(decision.findings);
  const verdict = shown.warnings === undefined ? 'allowed' : 'warned';
  const auditAnnotations = auditAnnotationsOf(verdict, decision);
  return { verdict, decision, response: { uid: review.uid, allowed: true, ...shown, auditAnnotations } };
}

/** No person reads more of them, and 50,000 would make an answer of 13 MB. */
const MAX_FINDINGS = 100;

/** The answer for a Secret that is refused. kubectl prints warnings with a denial too. */
export function denied(review: Review, decision: Decision): ReviewAnswer {
  const { findings } = decision;
  const denials = findings.filter(denies);
  const shown = denials.slice(0, MAX_FINDINGS);
  const hiddenCount = denials.length - shown.length;
  const moreCauses =
    hiddenCount === 0
      ? []
      : [{ reason: 'FieldValueInvalid' as const, field: 'data', message: `and ${hiddenCount} more` }];
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
      ...findingWarnings(findings),
      auditAnnotations: auditAnnotationsOf('denied', decision),
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

/** The API server cuts a long warning, and the policy must stay. */
function findingWarnings(findings: readonly Finding[]): Pick<AdmissionResponse, 'warnings'> {
  return warnings(
    findings.filter(({ action }) => action === 'Warn'),
    (finding) => `${fieldOf(finding)}: ${sentenceWithoutPolicy(finding)}`,
    ({ policy }) => policySuffix(policy),
  );
}

/** A line of `message` is not cut: kubectl create shows it nowhere else. */
const withoutLineBreaks = (text: string): string => text.replace(/[\u0000-\u001f\u007f]+/g, ' ');

const hasWarning = ({ warning }: Change): boolean => warning !== undefined;

const warningOf = ({ key, warning = '' }: Change): string => `${fieldOf({ key })}: ${warning}`;

function warnings<Item>(
  items: readonly Item[],
  toSentence: (item: Item) => string,
  suffixOf?: (item: Item) => string,
): Pick<AdmissionResponse, 'warnings'> {
  return items.length === 0 ? {} : { warnings: warningLines(items, toSentence, suffixOf) };
}

/** The audit log holds audit annotations from level Metadata on. An empty list is left out. */
function auditAnnotationsOf(
  verdict: ReviewVerdict,
  { skipped, policies, changes, findings, consented = [] }: Decision,
): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = { verdict };
  if (skipped !== undefined) annotations.skipped = skipped;
  if (changes.length > 0) {
    const shown = changes.slice(0, MAX_FINDINGS).map(({ key, reason }) => `${key}=${reason}`);
    annotations.changed = truncatedList(shown, changes.length);
  }
  if (findings.length > 0) {
    const shown = strongestOf(findings, MAX_FINDINGS);
    const items = shown.map(({ key, rule, action }) => `${key}=${rule}/${action}`);
    annotations.findings = truncatedList(items, findings.length);
  }
  if (consented.length > 0)
    annotations.consented = truncatedList(consented.slice(0, MAX_FINDINGS), consented.length);
  if (policies.length > 0) annotations.policies = truncatedList(policies, policies.length);
  return annotations;
}

/**
 * The length, in characters, at which a list is cut. The rest of the annotation says how many entries are left out.
 */
const MAX_LIST_LENGTH = 232;

/** `all` is the total, if `items` are only the first ones. */
function truncatedList(items: readonly string[], total: number): string {
  const line = oneLine(items.join(','));
  if (items.length === total && !line.endsWith('…')) return line;
  const shortened = line.slice(0, MAX_LIST_LENGTH).toWellFormed();
  const end = shortened.lastIndexOf(',');
  const complete = end === -1 ? shortened : shortened.slice(0, end);
  return `${complete}… and ${total - complete.split(',').length} more`;
}

/** `*` stands for the suffix that the API server appends to generateName. */
function reviewedName(review: Review): string {
  if (review.name !== '') return review.name;
  const secret = review.request?.secret;
  if (secret === undefined) return '';
  return secret.name || (secret.generateName === '' ? '' : `${secret.generateName}*`);
}
