import type { Decision } from '../../engine/evaluation/decision.ts';
import { type Exclusions, exemptionText } from '../../engine/policy/match.ts';
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
  return exemptionText(request, exclusions);
}

const CIPHERTEXT_REASONS: Readonly<Record<SkipReason, string>> = {
  sops: 'encrypted by SOPS',
  'sealed-secret': 'ciphertext of a SealedSecret',
};
