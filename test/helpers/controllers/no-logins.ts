import type { SecretReconcilerNeeds } from '../../../src/controllers/secret/reconciler.ts';

const never = (): never => {
  throw new Error('no Secret here is a login');
};

/** For a world in which no PostgresCredential means any Secret. */
export const NO_LOGINS: Pick<
  SecretReconcilerNeeds,
  | 'credentialOf'
  | 'formerCredentialOf'
  | 'checkTimer'
  | 'reportStatus'
  | 'tryLogin'
  | 'openServer'
  | 'dryRunPatch'
  | 'restoreFieldManagers'
  | 'provenRolesOf'
  | 'saveProvenRoles'
  | 'addFinalizer'
  | 'hasFinalizer'
  | 'removeFinalizer'
  | 'deletedAt'
> = {
  credentialOf: () => undefined,
  formerCredentialOf: () => undefined,
  checkTimer: { dueIn: never, markChecked: never, backoffAfter: never },
  reportStatus: never,
  tryLogin: never,
  openServer: never,
  dryRunPatch: never,
  provenRolesOf: never,
  saveProvenRoles: never,
  addFinalizer: never,
  hasFinalizer: () => false,
  removeFinalizer: async () => false,
  deletedAt: () => undefined,
  restoreFieldManagers: new Set(),
};
