import type { SecretReconcilerNeeds } from '../../../src/controllers/secret/reconciler.ts';

const never = (): never => {
  throw new Error('no Secret here is a login');
};

/** For a world in which no PostgresCredential means any Secret. */
export const NO_LOGINS: Pick<
  SecretReconcilerNeeds,
  | 'credentialOf'
  | 'formerCredentialOf'
  | 'checks'
  | 'report'
  | 'tryLogin'
  | 'openServer'
  | 'rehearse'
  | 'restorers'
  | 'provenOf'
  | 'keepProven'
  | 'hold'
  | 'isHeld'
  | 'release'
  | 'deletedAt'
> = {
  credentialOf: () => undefined,
  formerCredentialOf: () => undefined,
  checks: { dueIn: never, done: never, told: never },
  report: never,
  tryLogin: never,
  openServer: never,
  rehearse: never,
  provenOf: never,
  keepProven: never,
  hold: never,
  isHeld: () => false,
  release: async () => false,
  deletedAt: () => undefined,
  restorers: new Set(),
};
