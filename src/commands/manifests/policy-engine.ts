import { join } from 'node:path';
import { decide } from '../../engine/decide/decide.ts';
import type { Decision } from '../../engine/evaluation/decision.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import { loadPolicies } from '../../manifest/policies/policies.ts';
import type { ManifestSecret } from '../../manifest/read/manifest-secret.ts';
import { cliContext } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import type { ManifestOptions } from './options.ts';

/** The engine as manifests need it: a manifest is judged as a CREATE by nobody. */
export interface PolicyEngine {
  readonly policies: readonly Policy[];
  /** Of ciphertext, and of what something else renders, nothing is decided. */
  readonly decide: (manifest: ManifestSecret) => Decision;
}

const NOT_EVALUATED: Decision = { skipped: 'exempt', policies: [], changes: [], findings: [] };

/** scripts/build.ts puts it beside the bundle of this file; beside its source there is none. */
export const COMPILED_POLICIES_FILE = 'policies.bin';

/** Exceptions that have run out are said on standard error. Throws where a policy can't be used. */
export async function openPolicyEngine(
  {
    policy,
    builtin,
    allowReferences = false,
  }: Pick<ManifestOptions, 'policy' | 'builtin' | 'allowReferences'>,
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
): Promise<PolicyEngine> {
  const shipped = {
    dir: join(shell.root, 'manifests', 'policies'),
    drop: builtin === true ? [] : builtin,
    compiledAt: join(import.meta.dirname, COMPILED_POLICIES_FILE),
  };
  const { policies, warnings } = await loadPolicies(policy, shipped, new Date());
  for (const warning of warnings) shell.stderr.write(`lockstep: ${warning}\n`);
  const context = cliContext(shell);
  return {
    policies,
    decide: ({ secret, skipped }) => {
      if (skipped !== undefined) return NOT_EVALUATED;
      const request = { operation: 'CREATE', secret, old: undefined, username: undefined } as const;
      const decision = decide(request, policies, context);
      return allowReferences ? withoutReferences(decision) : decision;
    },
  };
}

/** What something else renders later is not there to be judged: of such a key the engine says this and nothing else. */
function withoutReferences(decision: Decision): Decision {
  return { ...decision, findings: decision.findings.filter(({ rule }) => !REFERENCE_RULES.has(rule)) };
}

const REFERENCE_RULES: ReadonlySet<string> = new Set(['unresolved-reference', 'unrendered-template']);
