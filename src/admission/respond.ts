import type { Change, Decision } from '../engine/decision.ts';
import { denies, type Finding, fieldOf, sentence } from '../engine/finding.ts';
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
  readonly details: { readonly name: string; readonly kind: 'Secret'; readonly causes: readonly Cause[] };
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

/** Nothing to say. */
export function passed(review: Review, decision?: Decision): Answer {
  return { verdict: 'passed', decision, response: { uid: review.uid, allowed: true } };
}

/** What the mutating webhook says: the keys it writes, and what kubectl prints of each. */
export function patched(review: Review, decision: Decision): Answer {
  const { changes, policies } = decision;
  return {
    verdict: 'patched',
    decision,
    response: {
      uid: review.uid,
      allowed: true,
      patchType: 'JSONPatch',
      patch: encodePatch(patchOf(changes, review.hasData)),
      ...warnings(changes.flatMap(warningOf)),
      auditAnnotations: {
        changed: listed(changes.map(({ key, reason }) => `${key}=${reason}`)),
        policies: listed(policies),
      },
    },
  };
}

/** What the validating webhook says of a Secret that goes in. */
export function allowed(review: Review, decision: Decision): Answer {
  const { findings, policies } = decision;
  if (findings.length === 0)
    return { verdict: 'allowed', decision, response: { uid: review.uid, allowed: true } };
  const warned = findings.filter(({ action }) => action === 'Warn');
  return {
    verdict: warned.length === 0 ? 'allowed' : 'warned',
    decision,
    response: {
      uid: review.uid,
      allowed: true,
      ...warnings(warned.map(lineOf)),
      auditAnnotations: audit(findings, policies),
    },
  };
}

/** What it says of one that does not. A warning is printed with a denial too. */
export function denied(review: Review, decision: Decision): Answer {
  const { findings, policies } = decision;
  const faults = findings.filter(denies);
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
        message: faults.map(lineOf).join('\n'),
        details: { name: nameOf(review), kind: 'Secret', causes: faults.map(causeOf) },
      },
      ...warnings(warned.map(lineOf)),
      auditAnnotations: audit(findings, policies),
    },
  };
}

export function serialize(review: Review, { response }: Answer): string {
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

function warningOf({ key, warning }: Change): readonly string[] {
  return warning === undefined ? [] : [`${fieldOf({ key })}: ${warning}`];
}

function warnings(sentences: readonly string[]): Pick<AdmissionResponse, 'warnings'> {
  return sentences.length === 0 ? {} : { warnings: warningLines(sentences) };
}

/** Audit annotations are in the audit log from level Metadata on. */
function audit(findings: readonly Finding[], policies: readonly string[]): Readonly<Record<string, string>> {
  return {
    findings: listed(findings.map(({ key, rule, action }) => `${key}=${rule}/${action}`)),
    policies: listed(policies),
  };
}

function listed(items: readonly string[]): string {
  return oneLine(items.join(','));
}

/** `*` stands for what the API server will append to generateName. */
function nameOf(review: Review): string {
  if (review.name !== '') return review.name;
  const secret = review.request?.secret;
  if (secret === undefined) return '';
  return secret.name || (secret.generateName === '' ? '' : `${secret.generateName}*`);
}
