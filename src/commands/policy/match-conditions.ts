import {
  CONDITION_NAME,
  MAX_CONDITION_LENGTH,
  type WebhookCondition,
} from '../../engine/floor/webhook-condition.ts';
import { LockstepError } from '../../errors.ts';
import { readInstalledOptions } from '../../kube/objects/own-deployments.ts';
import { objectText } from '../../manifest/write/object-text.ts';
import { OWN_NAMESPACE } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import { readWebhookCondition } from '../policy-sources/match-conditions.ts';
import { connectedCluster, type SourcedPolicyOptions } from '../policy-sources/sourced-policies.ts';

export interface MatchConditionsOptions extends SourcedPolicyOptions {
  readonly output: 'kustomize' | 'helm' | 'mutating-patch' | 'validating-patch';
}

/** Prints a condition of both webhooks, which then get only Secrets that a policy may match. Throws a LockstepError. */
export async function matchConditions(options: MatchConditionsOptions, shell: Shell): Promise<void> {
  const expression = expressionOf(await readWebhookCondition(options, shell));
  await noteDroppedPolicies(options, shell);
  shell.stdout.write(conditionText({ name: CONDITION_NAME, expression }, options.output));
}

function expressionOf(condition: WebhookCondition): string {
  switch (condition.kind) {
    case 'condition':
      return condition.expression;
    case 'matches-all':
      throw new LockstepError('POLICY_MATCHES_ALL', [condition.policies.join(', ')]);
    case 'too-long':
      throw new LockstepError('MATCH_CONDITION_TOO_LONG', [condition.length, MAX_CONDITION_LENGTH]);
  }
}

/** A built-in policy that only this command leaves out would no longer see its Secrets. */
async function noteDroppedPolicies(options: MatchConditionsOptions, shell: Shell): Promise<void> {
  const cluster = connectedCluster(options, shell);
  if (cluster === undefined || options.builtin === true) return;
  const { lockstepNamespace = OWN_NAMESPACE } = options;
  const settings = await readInstalledOptions(cluster, lockstepNamespace);
  for (const name of options.builtin.filter((one) => settings?.noBuiltin.includes(one) !== true))
    shell.stderr.write(
      `lockstep: the webhook still has the policy ${name}, which then misses Secrets, so start lockstep serve with --no-builtin ${name} first\n`,
    );
}

interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

const MUTATING = { kind: 'MutatingWebhookConfiguration', webhook: 'mutate.lockstep.dev' };
const VALIDATING = { kind: 'ValidatingWebhookConfiguration', webhook: 'validate.lockstep.dev' };

function conditionText(condition: MatchCondition, form: MatchConditionsOptions['output']): string {
  switch (form) {
    case 'kustomize':
      return objectText(componentOf(condition), 'yaml');
    case 'helm':
      return objectText({ webhook: { matchConditions: [condition] } }, 'yaml');
    case 'mutating-patch':
      return objectText(patchOf(MUTATING.webhook, condition), 'yaml');
    case 'validating-patch':
      return objectText(patchOf(VALIDATING.webhook, condition), 'yaml');
  }
}

/** The API server merges both lists by `name`. */
const patchOf = (webhook: string, condition: MatchCondition): object => ({
  webhooks: [{ name: webhook, matchConditions: [condition] }],
});

/** A strategic merge of kustomize would replace the list, because its schema is older than the field. */
const componentOf = (condition: MatchCondition): object => ({
  apiVersion: 'kustomize.config.k8s.io/v1alpha1',
  kind: 'Component',
  patches: [MUTATING, VALIDATING].map(({ kind, webhook }) => ({
    target: { kind, name: 'lockstep' },
    patch: JSON.stringify([
      { op: 'test', path: '/webhooks/0/name', value: webhook },
      { op: 'add', path: '/webhooks/0/matchConditions/-', value: condition },
    ]),
  })),
});
