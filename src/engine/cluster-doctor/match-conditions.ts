import { type CheckResult, ok, warning } from '../doctor/check-result.ts';
import { pageUrl } from '../finding/docs-url.ts';
import type { WebhookCondition } from '../floor/webhook-condition.ts';

export interface MatchConditionFacts {
  /** The webhooks that get only some Secrets, each with its condition. */
  readonly stored: readonly { readonly webhook: string; readonly expression: string }[];
  /** The condition that follows from the policies of the cluster. Undefined if no webhook has one. */
  readonly expected: WebhookCondition | undefined;
}

const SEE = pageUrl('tasks/send-fewer-secrets.md');

/** A policy that is newer than the condition does not see its Secrets. */
export function matchConditionsBehind({ stored, expected }: MatchConditionFacts): CheckResult {
  if (expected === undefined) return ok('the API server sends the Secrets of all policies to the webhooks');
  if (expected.kind !== 'condition')
    return warning(
      expected.kind === 'matches-all'
        ? `policies can match every Secret, and the API server does not send each one: ${expected.policies.join(', ')}`
        : 'the policies are too many for a condition, and the API server does not send each Secret',
      `remove the condition, or change the policies; ${SEE}`,
      stored.map(({ webhook }) => webhook),
    );
  const behind = stored.filter(({ expression }) => expression !== expected.expression);
  if (behind.length === 0) return ok('the API server sends only Secrets that a policy can match');
  return warning(
    'the condition of the webhooks is for other policies, so the API server may not send each Secret that matches',
    `generate the condition again with lockstep policy match-conditions; ${SEE}`,
    behind.map(({ webhook }) => webhook),
  );
}
