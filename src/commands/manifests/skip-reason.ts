import type { Decision } from '../../engine/evaluation/decision.ts';
import { type Exclusions, type Exemption, exemptionOf } from '../../engine/policy/match.ts';
import type { ManifestSecret, SkipReason } from '../../manifest/object/manifest-secret.ts';

/** The reason why a Secret of a manifest was not validated. */
export function skipReasonOf(
  { skipped, secret }: ManifestSecret,
  decision: Decision,
  exclusions: Exclusions,
): string | undefined {
  if (skipped !== undefined) return CIPHERTEXT_REASONS[skipped];
  if (decision.skipped === 'unmatched') return 'because no policy matches';
  if (decision.skipped === undefined) return undefined;
  const request = { operation: 'CREATE', secret, old: undefined, username: undefined } as const;
  const exemption = exemptionOf(request, exclusions);
  return exemption === undefined ? undefined : EXEMPTION_REASONS[exemption];
}

const CIPHERTEXT_REASONS: Readonly<Record<SkipReason, string>> = {
  sops: 'encrypted by SOPS',
  'sealed-secret': 'ciphertext of a SealedSecret',
};

const EXEMPTION_REASONS: Readonly<Record<Exemption, string>> = {
  type: 'with an exempt type',
  'system-namespace': 'in a system namespace',
  'own-namespace': 'in the namespace of lockstep',
  'excluded-namespace': 'in an excluded namespace',
  'own-account': 'written by lockstep',
};
