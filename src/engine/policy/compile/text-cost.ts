import type { PolicyBudget } from '../cost.ts';
import type { SecretPolicySpec } from '../schema/schema.ts';

/** Measured on the worst policies. */
const STEPS = {
  /** The schema checks each field. */
  perCharacter: 2,
  perTemplateCharacter: 4,
  /** Each write of a Secret may compare a glob with a name of 253 characters. */
  perGlobCharacter: 64,
} as const;
const BYTES = { perCharacter: 2, perTemplateCharacter: 4 } as const;

/** Charges the texts of a policy, before anything is read in them. */
export function spendTexts(spec: SecretPolicySpec, budget: PolicyBudget): void {
  const { length } = JSON.stringify(spec);
  budget.for(['spec'])(STEPS.perCharacter * length, BYTES.perCharacter * length);
  spendGlobs(spec, budget);
  for (const [name, { derive }] of Object.entries(spec.keys)) {
    if (derive === undefined) continue;
    const { template, accounts = [] } = derive;
    const spend = budget.for(['spec', 'keys', name, 'derive']);
    // The place of each value is read in the lines around it.
    const lookups = template.includes('\n') ? 3 * template.split('${').length : 0;
    const characters = accounts.reduce((sum, { user, password }) => sum + user.length + password.length, 0);
    spend(
      (STEPS.perTemplateCharacter + lookups) * template.length + STEPS.perTemplateCharacter * characters,
      BYTES.perTemplateCharacter * (template.length + characters),
    );
  }
}

function spendGlobs({ match, exceptions = [] }: SecretPolicySpec, budget: PolicyBudget): void {
  for (const field of ['names', 'namespaces', 'types'] as const)
    budget.for(['spec', 'match', field])(globSteps(match[field] ?? []));
  budget.for(['spec', 'exceptions'])(
    globSteps(exceptions.flatMap(({ name, namespace }) => [name, namespace])),
  );
}

/** A name without `*` and `?` is compared once. */
const globSteps = (globs: readonly string[]): number =>
  globs.reduce((sum, glob) => sum + (/[*?]/.test(glob) ? STEPS.perGlobCharacter * glob.length : 0), 0);
