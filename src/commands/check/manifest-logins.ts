import type { Decision } from '../../engine/evaluation/decision.ts';
import { type Login, loginsOf } from '../../engine/login/logins.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { ManifestSecret } from '../../manifest/read/manifest-secret.ts';

/**
 * The logins in one Secret of a manifest, as it will be stored. A part that is not validated has none, nor has a
 * placeholder.
 */
export function loginsIn(
  manifest: ManifestSecret,
  decision: Decision,
  policies: readonly Policy[],
): readonly Login[] {
  const isSkipped = manifest.skipped !== undefined || decision.skipped !== undefined;
  return isSkipped ? [] : loginsOf(withChanges(manifest.secret, decision), policies);
}

function withChanges(secret: Secret, { changes }: Decision): Secret {
  if (changes.length === 0) return secret;
  return {
    ...secret,
    data: new Map([...secret.data, ...changes.map(({ key, value }) => [key, value] as const)]),
  };
}
