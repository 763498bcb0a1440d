import type { Action } from '../../secret/finding/finding.ts';
import { type Verdict, verdictOf } from '../../secret/finding/verdict.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import type { Decision } from '../evaluation/decision.ts';

/**
 * The expected decision of a policy's test case. A given list is the whole list, in any order. An absent list is not
 * compared.
 */
export interface Expectation {
  readonly verdict: Verdict;
  readonly findings?: readonly ExpectedFinding[] | undefined;
  readonly changes?: readonly ExpectedChange[] | undefined;
  /** The text of these keys after the changes. Null if the Secret must lack the key. */
  readonly values?: Readonly<Record<string, string | null>> | undefined;
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
  /** Expected, but not in the decision. */
  readonly missing: readonly string[];
  /** In the decision, but not expected. */
  readonly unexpected: readonly string[];
}

/** The difference of a decision about `data` from its expectation, or undefined if there is none. */
export function differenceOf(
  expected: Expectation,
  decision: Decision,
  data: ReadonlyMap<string, Sensitive>,
): Difference | undefined {
  const verdict = verdictOf(decision.findings, decision.changes, isJudged(decision));
  const agrees = verdict === expected.verdict;
  // All findings explain an unexpected verdict.
  const findings = differenceBetween(
    expected.findings ?? (agrees ? undefined : []),
    decision.findings,
    isFinding,
  );
  const changes = differenceBetween(
    expected.changes ?? (agrees ? undefined : []),
    decision.changes,
    isChange,
  );
  const values = differingValues(expected.values ?? {}, decision, data);
  const lacking = [
    ...(agrees ? [] : [`verdict ${expected.verdict}`]),
    ...findings.lacking.map(({ rule, key, action }) => joinWords('finding', action, rule, key)),
    ...changes.lacking.map(({ key, reason }) => joinWords('change', reason, key)),
    ...values.map(({ key, wanted }) => `value ${key}: ${wanted === null ? 'absent' : 'as expected'}`),
  ];
  const surplus = [
    ...(agrees ? [] : [joinWords('verdict', verdict, decision.skipped && `(${decision.skipped})`)]),
    ...findings.surplus.map(
      ({ rule, key, action, message }) => `${joinWords('finding', action, rule, key)}: ${message}`,
    ),
    ...changes.surplus.map(({ key, reason }) => joinWords('change', reason, key)),
    ...values.map(({ key, found }) => `value ${key}: ${found === undefined ? 'absent' : 'another'}`),
  ];
  return lacking.length + surplus.length === 0 ? undefined : { missing: lacking, unexpected: surplus };
}

/** The keys whose value after the changes is not the expected one. */
function differingValues(
  expected: Readonly<Record<string, string | null>>,
  { changes }: Decision,
  data: ReadonlyMap<string, Sensitive>,
) {
  const result = new Map([...data, ...changes.map(({ key, value }) => [key, value] as const)]);
  return Object.entries(expected).flatMap(([key, wanted]) => {
    const found = result.get(key);
    const isEqual = wanted === null ? found === undefined : Sensitive.fromText(wanted).equals(found);
    return isEqual ? [] : [{ key, wanted, found }];
  });
}

const isJudged = ({ skipped }: Decision): boolean => skipped === undefined || skipped === 'unmatched';

const isFinding = (expected: ExpectedFinding, actual: Decision['findings'][number]): boolean =>
  expected.rule === actual.rule &&
  expected.key === actual.key &&
  (expected.action === undefined || expected.action === actual.action);

const isChange = (expected: ExpectedChange, actual: Decision['changes'][number]): boolean =>
  expected.key === actual.key && (expected.reason === undefined || expected.reason === actual.reason);

function differenceBetween<Expected, Found>(
  expected: readonly Expected[] | undefined,
  actual: readonly Found[],
  matches: (expected: Expected, found: Found) => boolean,
): { readonly lacking: readonly Expected[]; readonly surplus: readonly Found[] } {
  if (expected === undefined) return { lacking: [], surplus: [] };
  return {
    lacking: expected.filter((one) => !actual.some((other) => matches(one, other))),
    surplus: actual.filter((one) => !expected.some((other) => matches(other, one))),
  };
}

const joinWords = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((word) => word !== undefined && word !== '').join(' ');
