import type { Decision } from '../evaluation/decision.ts';
import type { Action } from '../finding/finding.ts';
import { type Verdict, verdictOf } from '../finding/verdict.ts';

/** What a case of a policy says of a decision. A list that is given is the whole list, in any order; one that is not is not compared. */
export interface Expectation {
  readonly verdict: Verdict;
  readonly findings?: readonly ExpectedFinding[] | undefined;
  readonly changes?: readonly ExpectedChange[] | undefined;
}

interface ExpectedFinding {
  readonly rule: string;
  readonly key: string;
  readonly action?: Action | undefined;
}

interface ExpectedChange {
  readonly key: string;
  readonly reason?: string | undefined;
}

/** Facts in words, without a value. */
export interface Difference {
  /** Expected, and not so. */
  readonly lacking: readonly string[];
  /** So, and not expected. */
  readonly surplus: readonly string[];
}

/** How a decision differs from what was expected; nothing when it does not. */
export function differenceOf(expected: Expectation, decision: Decision): Difference | undefined {
  const verdict = verdictOf(decision.findings, decision.changes, isJudged(decision));
  const agrees = verdict === expected.verdict;
  // A verdict that nobody expected is explained by all that was found.
  const findings = compared(expected.findings ?? (agrees ? undefined : []), decision.findings, isFinding);
  const changes = compared(expected.changes ?? (agrees ? undefined : []), decision.changes, isChange);
  const lacking = [
    ...(agrees ? [] : [`verdict ${expected.verdict}`]),
    ...findings.lacking.map(({ rule, key, action }) => words('finding', action, rule, key)),
    ...changes.lacking.map(({ key, reason }) => words('change', reason, key)),
  ];
  const surplus = [
    ...(agrees ? [] : [words('verdict', verdict, decision.skipped && `(${decision.skipped})`)]),
    ...findings.surplus.map(
      ({ rule, key, action, message }) => `${words('finding', action, rule, key)}: ${message}`,
    ),
    ...changes.surplus.map(({ key, reason }) => words('change', reason, key)),
  ];
  return lacking.length + surplus.length === 0 ? undefined : { lacking, surplus };
}

const isJudged = ({ skipped }: Decision): boolean => skipped === undefined || skipped === 'unmatched';

const isFinding = (expected: ExpectedFinding, found: Decision['findings'][number]): boolean =>
  expected.rule === found.rule &&
  expected.key === found.key &&
  (expected.action === undefined || expected.action === found.action);

const isChange = (expected: ExpectedChange, found: Decision['changes'][number]): boolean =>
  expected.key === found.key && (expected.reason === undefined || expected.reason === found.reason);

function compared<Expected, Found>(
  expected: readonly Expected[] | undefined,
  found: readonly Found[],
  fits: (expected: Expected, found: Found) => boolean,
): { readonly lacking: readonly Expected[]; readonly surplus: readonly Found[] } {
  if (expected === undefined) return { lacking: [], surplus: [] };
  return {
    lacking: expected.filter((one) => !found.some((other) => fits(one, other))),
    surplus: found.filter((one) => !expected.some((other) => fits(other, one))),
  };
}

const words = (...given: readonly (string | undefined)[]): string =>
  given.filter((word) => word !== undefined && word !== '').join(' ');
