import { wasConsented } from '../../review/on-change/consent.ts';
import { type Permissions, storedEvaluation } from '../../review/own-writes/permissions.ts';
import type { Version } from '../../secret/record/record.ts';
import type { LoginKeys } from '../credential-schema/stated-spec.ts';
import type { LoginObservation } from './login-observation.ts';

/**
 * Whether the server may follow an edit of the password. A consent counts at the time of the edit: the controller may
 * have been away since.
 */
export function editConsentOf(
  permissions: Pick<Permissions, 'request' | 'matched' | 'mayWrite'>,
  { password }: LoginKeys,
  versions: readonly Pick<Version, 'keys' | 'time' | 'by'>[],
): Pick<LoginObservation, 'keepsPassword' | 'hasConsent' | 'mayWriteSecret'> {
  const edit = versions.findLast(({ keys }) => keys.includes(password));
  const { managedKeys } = storedEvaluation(permissions);
  const { request, mayWrite } = permissions;
  return {
    keepsPassword: (managedKeys.get(password)?.entry.onChange ?? 'Accept') !== 'Accept',
    hasConsent: edit !== undefined && wasConsented(request, edit),
    mayWriteSecret: mayWrite,
  };
}
