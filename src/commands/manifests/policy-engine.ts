import type { Policy } from '../../engine/policy/policy.ts';
import { decide } from '../../engine/review/decide/decide.ts';
import type { Decision, EngineContext } from '../../engine/review/evaluation/decision.ts';
import type { Evaluation } from '../../engine/review/evaluation/evaluation.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { ManifestSecret } from '../../manifest/object/manifest-secret.ts';
import { loadPolicies } from '../../manifest/policies/policies.ts';
import { cliContext } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import { builtinPolicies } from './builtin-policies.ts';
import { TEMPLATE_RULES } from './cli-fix.ts';
import type { ManifestOptions } from './options.ts';

/** The engine for manifests. It validates a manifest as a CREATE without a user. */
export interface PolicyEngine {
  readonly policies: readonly Policy[];
  /** Those that another command of this machine can read: it has their files. */
  readonly localPolicies: readonly Policy[];
  readonly context: EngineContext;
  /** Absent outside of a cluster: then a policy can select a namespace by its name only. */
  readonly labelsOf?: (namespace: string) => ReadonlyMap<string, string> | undefined;
  /** Makes no decision about ciphertext, or about a value that another tool renders. */
  readonly decide: (manifest: ManifestSecret, onEvaluation?: (evaluation: Evaluation) => void) => Decision;
}

const NOT_EVALUATED: Decision = { skipped: 'exempt', policies: [], changes: [], findings: [] };

/** Prints a warning on standard error for each expired exception. Throws if a policy can't be used. */
export async function openPolicyEngine(
  {
    policy,
    builtin,
    allowReferences = false,
  }: Pick<ManifestOptions, 'policy' | 'builtin' | 'allowReferences'>,
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
): Promise<PolicyEngine> {
  const shipped = builtinPolicies(shell.root, builtin === true ? [] : builtin);
  const { policies, warnings } = await loadPolicies(policy, shipped, new Date());
  for (const warning of warnings) shell.stderr.write(`lockstep: ${warning}\n`);
  return policyEngineOf({ policies, localPolicies: policies, allowReferences, context: cliContext(shell) });
}

export interface PolicyEngineNeeds extends Omit<PolicyEngine, 'decide'> {
  readonly allowReferences: boolean;
}

export function policyEngineOf({
  policies,
  localPolicies,
  allowReferences,
  context,
  labelsOf,
}: PolicyEngineNeeds): PolicyEngine {
  return {
    policies,
    localPolicies,
    context,
    ...(labelsOf === undefined ? {} : { labelsOf }),
    decide: ({ secret, skipped }, onEvaluation) => {
      if (skipped !== undefined) return NOT_EVALUATED;
      const request = { operation: 'CREATE', secret, old: undefined, username: undefined } as const;
      const namespaceLabels = labelsOf?.(secret.namespace);
      const decision = decide(
        namespaceLabels === undefined ? request : { ...request, namespaceLabels },
        policies,
        context,
        onEvaluation,
      );
      const readable = withoutUndecoded(decision, secret);
      return allowReferences ? withoutReferences(readable) : readable;
    },
  };
}

/** A value that can't be decoded is not changed. */
function withoutUndecoded(decision: Decision, { undecoded }: Secret): Decision {
  if (undecoded === undefined || undecoded.size === 0) return decision;
  return { ...decision, changes: decision.changes.filter(({ key }) => !undecoded.has(key)) };
}

/** A value that another tool renders later can't be validated. Such a key keeps only the findings that state this. */
function withoutReferences(decision: Decision): Decision {
  return { ...decision, findings: decision.findings.filter(({ rule }) => !TEMPLATE_RULES.has(rule)) };
}
