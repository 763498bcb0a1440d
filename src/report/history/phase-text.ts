import type { ChangeCause, LoginChange, Phase } from '../../engine/secret/record/login-record.ts';

/** The work of each phase, for people. */
export const PHASE_TEXTS: Readonly<Record<Phase, string>> = {
  preflight: 'looking at the server, at the rights there, and whether the Secret could be written',
  apply: 'the server gets the password',
  verify: 'a login proves it',
  publish: 'the Secret gets it',
  rollout: 'those that read the Secret are restarted',
  drain: 'waiting until nobody uses the login from before',
  finalize: 'tidying up',
  'rollback-apply': 'the server gets the password from before',
  'rollback-verify': 'a login proves it',
  'rollback-publish': 'the Secret gets back what it held',
  'rollback-rollout': 'those that read the Secret are restarted',
  'rollback-drain': 'waiting until nobody uses the login that is given up',
};

const CAUSE_TEXTS: Readonly<Record<ChangeCause, string>> = {
  schedule: 'it is time',
  requested: 'it was requested',
  edited: 'another one was written into the Secret',
  'from-secret': 'the server was asked to follow the Secret',
  'rolled-back': 'an earlier version was requested',
  restored: 'the server was restored to an earlier state',
};

/** `the password is changed: it was requested` */
export const changeText = ({ cause, fault }: Pick<LoginChange, 'cause' | 'fault'>): string =>
  fault === undefined
    ? `the password is changed: ${CAUSE_TEXTS[cause]}`
    : `the change of the password is undone: ${fault}`;
