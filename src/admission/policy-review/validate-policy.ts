import type { Buffer } from 'node:buffer';
import type { CompiledCredential } from '../../engine/login/credential-schema/compile.ts';
import type { PolicyCompilation } from '../../engine/policy/compile/compile.ts';
import { isExpired, type Policy } from '../../engine/policy/policy.ts';
import { type Problem, pathText } from '../../engine/policy/schema/problem.ts';
import type { LockstepKind } from '../review/admission-request.ts';
import {
  type AdmissionResponse,
  type ReviewVerdict,
  type StatusCause,
  serialize,
} from '../review/response.ts';
import { oneLine, warningLines } from '../review/warnings.ts';
import { type PolicyReview, readPolicyReview } from './policy-review.ts';

export const POLICY_WEBHOOK = 'validate-policy';

/** The functions that the server needs to validate objects of the lockstep kinds. */
export interface PolicyValidator {
  readonly compilePolicy: (document: unknown) => PolicyCompilation;
  readonly compileCredential: (document: unknown) => CompiledCredential;
  readonly now: () => Date;
}

export interface PolicyAnswer {
  readonly verdict: Exclude<ReviewVerdict, 'patched'>;
  /** The paths of the fields with a fault or a warning, such as `spec.keys.DATABASE_URL.derive.template`. */
  readonly faults: readonly string[];
  readonly response: AdmissionResponse;
}

/** One answered review of an object of lockstep's own kinds, for the log and the metrics. */
export interface PolicyReviewResult {
  readonly webhook: typeof POLICY_WEBHOOK;
  readonly review: PolicyReview;
  readonly answer: PolicyAnswer;
  readonly milliseconds: number;
  readonly traceparent?: string | undefined;
}

/** Turns the bytes of a review into the bytes of its answer. Throws if the review is not one of a lockstep kind. */
export function answerPolicyReview(
  body: Buffer,
  validator: PolicyValidator,
): Pick<PolicyReviewResult, 'review' | 'answer'> & { readonly json: string } {
  const review = readPolicyReview(body);
  const answer = validatePolicy(review, validator);
  return { review, answer, json: serialize(review, answer) };
}

/**
 * Refuses an object that lockstep could not use. The answer repeats only names, because `default` and `environments`
 * hold values.
 */
function validatePolicy(review: PolicyReview, validator: PolicyValidator): PolicyAnswer {
  const { write, uid, kind } = review;
  if (write === undefined) return { verdict: 'passed', faults: [], response: { uid, allowed: true } };
  const compiled =
    kind === 'SecretPolicy'
      ? validator.compilePolicy(write.document)
      : validator.compileCredential(write.document);
  if ('problems' in compiled)
    return write.isUnchanged
      ? allowedInvalid(review, compiled.problems)
      : deniedInvalid(review, compiled.problems);
  return accepted(uid, 'policy' in compiled ? expiredExceptions(compiled.policy, validator.now()) : []);
}

function accepted(uid: string, warningProblems: readonly Problem[]): PolicyAnswer {
  const verdict = warningProblems.length === 0 ? 'allowed' : 'warned';
  return { verdict, faults: warningProblems.map(fieldOf), response: allowed(uid, verdict, warningProblems) };
}

/**
 * The object was stored while no webhook answered, or by an older lockstep. A new label does no harm, and the user that
 * sets it may not be able to fix the spec.
 */
function allowedInvalid({ uid, kind }: PolicyReview, problems: readonly Problem[]): PolicyAnswer {
  const message = `can not be used, and was so before this write: ${EFFECT_WHILE_INVALID[kind]}`;
  return {
    verdict: 'warned',
    faults: problems.map(fieldOf),
    response: allowed(uid, 'warned', [{ path: ['spec'], message }, ...problems]),
  };
}

const EFFECT_WHILE_INVALID: Readonly<Record<LockstepKind, string>> = {
  SecretPolicy: 'lockstep continues with the last good version, if it has seen one',
  PostgresCredential: 'lockstep leaves the login as it is',
  RedisCredential: 'lockstep leaves the login as it is',
};

function allowed(
  uid: string,
  verdict: 'allowed' | 'warned',
  warningProblems: readonly Problem[],
): AdmissionResponse {
  const warnings =
    warningProblems.length === 0 ? {} : { warnings: warningLines(warningProblems, problemLine) };
  return { uid, allowed: true, ...warnings, auditAnnotations: auditAnnotationsOf(verdict, warningProblems) };
}

function deniedInvalid({ uid, name, kind }: PolicyReview, problems: readonly Problem[]): PolicyAnswer {
  return {
    verdict: 'denied',
    faults: problems.map(fieldOf),
    response: {
      uid,
      allowed: false,
      status: {
        code: 422,
        reason: 'Invalid',
        message: problems.map(problemLine).join('\n'),
        details: { name, group: 'lockstep.dev', kind, causes: problems.map(causeOf) },
      },
      auditAnnotations: auditAnnotationsOf('denied', problems),
    },
  };
}

function auditAnnotationsOf(
  verdict: ReviewVerdict,
  problems: readonly Problem[],
): Readonly<Record<string, string>> {
  return { verdict, ...(problems.length > 0 && { faults: oneLine(problems.map(fieldOf).join(',')) }) };
}

function expiredExceptions({ exceptions }: Policy, now: Date): readonly Problem[] {
  return exceptions.flatMap((exception, index) =>
    isExpired(exception, now)
      ? [
          {
            path: ['spec', 'exceptions', index],
            message: `ran out on ${exception.until} and is ignored: renew or remove it`,
          },
        ]
      : [],
  );
}

/** kubectl prints a cause without a field as `* :`, and does not name the webhook. */
function causeOf(problem: Problem): StatusCause {
  return { reason: 'FieldValueInvalid', field: fieldOf(problem), message: messageOf(problem) };
}

const fieldOf = ({ path }: Problem): string => pathText(path) || 'spec';

const messageOf = ({ message }: Problem): string => `${message} [lockstep]`;

const problemLine = (problem: Problem): string => `${fieldOf(problem)}: ${messageOf(problem)}`;
