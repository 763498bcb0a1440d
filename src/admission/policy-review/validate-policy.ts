import type { Buffer } from 'node:buffer';
import type { CompiledCredential } from '../../engine/credential/spec/compile.ts';
import type { Compiled } from '../../engine/policy/compile/compile.ts';
import { hasRunOut, type Policy } from '../../engine/policy/policy.ts';
import { type Problem, pathText } from '../../engine/policy/schema/problem.ts';
import { type AdmissionResponse, type Cause, serialize, type Verdict } from '../review/response.ts';
import { oneLine, warningLines } from '../review/warnings.ts';
import { type OwnKind, type PolicyReview, readPolicyReview } from './policy-review.ts';

export const POLICY_WEBHOOK = 'validate-policy';

/** What the server needs to judge the objects of lockstep's own. */
export interface PolicyJudge {
  readonly compile: (document: unknown) => Compiled;
  readonly compileCredential: (document: unknown) => CompiledCredential;
  readonly now: () => Date;
}

export interface PolicyAnswer {
  readonly verdict: Exclude<Verdict, 'patched'>;
  /** Where it is wrong, as `spec.keys.DATABASE_URL.derive.template`; what is warned of, too. */
  readonly faults: readonly string[];
  readonly response: AdmissionResponse;
}

/** One review of a policy, or of a PostgresCredential, answered. For the log and the metrics. */
export interface PolicyOutcome {
  readonly webhook: typeof POLICY_WEBHOOK;
  readonly review: PolicyReview;
  readonly answer: PolicyAnswer;
  readonly milliseconds: number;
}

/** From the bytes of a review to the bytes of its answer. Throws where the review is not one of an object of lockstep's own. */
export function answerPolicy(
  body: Buffer,
  judge: PolicyJudge,
): Pick<PolicyOutcome, 'review' | 'answer'> & { readonly json: string } {
  const review = readPolicyReview(body);
  const answer = validatePolicy(review, judge);
  return { review, answer, json: serialize(review, answer) };
}

/** Refuses what could not be used. Of the policy it repeats names alone: `default` and `environments` hold values. */
function validatePolicy(review: PolicyReview, judge: PolicyJudge): PolicyAnswer {
  const { written, uid, kind } = review;
  if (written === undefined) return { verdict: 'passed', faults: [], response: { uid, allowed: true } };
  const compiled =
    kind === 'SecretPolicy' ? judge.compile(written.document) : judge.compileCredential(written.document);
  if ('problems' in compiled)
    return written.isUnchanged ? tolerated(review, compiled.problems) : refused(review, compiled.problems);
  return accepted(uid, 'policy' in compiled ? expired(compiled.policy, judge.now()) : []);
}

function accepted(uid: string, warned: readonly Problem[]): PolicyAnswer {
  const verdict = warned.length === 0 ? 'allowed' : 'warned';
  return { verdict, faults: warned.map(fieldOf), response: allowed(uid, verdict, warned) };
}

/** It got in while no webhook was there, or an older lockstep took it. A label on it makes nothing worse, and whoever sets one can't mend it. */
function tolerated({ uid, kind }: PolicyReview, problems: readonly Problem[]): PolicyAnswer {
  const message = `can not be used, and was so before this write: ${MEANWHILE[kind]}`;
  return {
    verdict: 'warned',
    faults: problems.map(fieldOf),
    response: allowed(uid, 'warned', [{ path: ['spec'], message }, ...problems]),
  };
}

const MEANWHILE: Readonly<Record<OwnKind, string>> = {
  SecretPolicy: 'lockstep goes on with the last good version, if it has seen one',
  PostgresCredential: 'lockstep leaves the login as it is',
};

function allowed(uid: string, verdict: 'allowed' | 'warned', warned: readonly Problem[]): AdmissionResponse {
  const warnings = warned.length === 0 ? {} : { warnings: warningLines(warned, lineOf) };
  return { uid, allowed: true, ...warnings, auditAnnotations: audit(verdict, warned) };
}

function refused({ uid, name, kind }: PolicyReview, problems: readonly Problem[]): PolicyAnswer {
  return {
    verdict: 'denied',
    faults: problems.map(fieldOf),
    response: {
      uid,
      allowed: false,
      status: {
        code: 422,
        reason: 'Invalid',
        message: problems.map(lineOf).join('\n'),
        details: { name, group: 'lockstep.dev', kind, causes: problems.map(causeOf) },
      },
      auditAnnotations: audit('denied', problems),
    },
  };
}

function audit(verdict: Verdict, told: readonly Problem[]): Readonly<Record<string, string>> {
  return { verdict, ...(told.length > 0 && { faults: oneLine(told.map(fieldOf).join(',')) }) };
}

function expired({ exceptions }: Policy, now: Date): readonly Problem[] {
  return exceptions.flatMap((exception, index) =>
    hasRunOut(exception, now)
      ? [
          {
            path: ['spec', 'exceptions', index],
            message: `ran out on ${exception.until} and is ignored: renew or remove it`,
          },
        ]
      : [],
  );
}

/** kubectl prints a cause without a field as `* :`, and says nowhere else who speaks. */
function causeOf(problem: Problem): Cause {
  return { reason: 'FieldValueInvalid', field: fieldOf(problem), message: sentence(problem) };
}

const fieldOf = ({ path }: Problem): string => pathText(path) || 'spec';

const sentence = ({ message }: Problem): string => `${message} [lockstep]`;

const lineOf = (problem: Problem): string => `${fieldOf(problem)}: ${sentence(problem)}`;
