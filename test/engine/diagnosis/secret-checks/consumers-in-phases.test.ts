import t from 'tap';
import {
  diagnoseSecret,
  type SecretFacts,
} from '../../../../src/engine/diagnosis/secret-checks/diagnosis.ts';
import type { LoginEvidence } from '../../../../src/engine/diagnosis/secret-checks/login-evidence.ts';
import type { ConsumerFacts } from '../../../../src/engine/diagnosis/secret-checks/stale-consumers.ts';
import { phasesOf } from '../../../../src/engine/login/change/phases.ts';
import {
  type LoginChange,
  newLoginRecord,
  PHASES,
  type Phase,
} from '../../../../src/engine/secret/record/login-record.ts';
import { newRecord } from '../../../../src/engine/secret/record/record.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { at, values } from '../../../helpers/engine/record.ts';

const OLD = { role: 'app', password: Sensitive.fromText('the earlier one') };
const NEW = { role: 'app', password: Sensitive.fromText('the new one') };
/** The phases in which the Secret holds the new login. The edit of a person is in the Secret from the start. */
const PUBLISHED: readonly Phase[] = [
  'rollout',
  'drain',
  'finalize',
  'rollback-apply',
  'rollback-verify',
  'rollback-publish',
];

const SHOWN = {
  /** Its pods have the values of the Secret. */
  current: { missedChange: undefined, restart: undefined },
  /** Its pods have earlier values, and no rollout names it. */
  stale: { missedChange: { number: 2, keys: ['POSTGRES_PASSWORD'] }, restart: undefined },
  due: { missedChange: { number: 2, keys: ['POSTGRES_PASSWORD'] }, restart: 'due' },
  /** Its template is new, and its pods are being replaced. */
  now: { missedChange: undefined, restart: 'now' },
} as const satisfies Readonly<Record<string, Pick<ConsumerFacts, 'missedChange' | 'restart'>>>;
type Shown = keyof typeof SHOWN;

const found = <Fact>(fact: Fact) => ({ kind: 'found', fact }) as const;

/** The login that the Secret holds. */
const loginIn = (held: typeof NEW): LoginEvidence => ({
  key: 'POSTGRES_PASSWORD',
  hostKey: undefined,
  ...held,
  target: { host: 'db', port: 5432, database: 'app', tls: { mode: 'prefer' } },
  result: { kind: 'ok', standby: false },
  isSpecified: true,
  managed: undefined,
  versionAgain: undefined,
  isHashShaped: false,
  isNormalisable: false,
  matchedCredential: undefined,
  admin: undefined,
});

/** `sentence | command`, as the check `consumers` has them for one workload. */
function said(phase: Phase, shown: Shown, different: Partial<SecretFacts> = {}): string {
  const held = PUBLISHED.includes(phase) ? NEW : OLD;
  const change: LoginChange = {
    id: 'x',
    cause: 'requested',
    since: at(0),
    phase,
    entered: at(0),
    from: OLD,
    to: NEW,
    restores: undefined,
    fault: phase.startsWith('rollback-') ? 'a pod did not start' : undefined,
  };
  const data = values({ POSTGRES_PASSWORD: 'x' });
  const seen = newRecord('u', data, { time: at(0), by: 'kubectl', why: { kind: 'seen' } });
  const record = { ...seen, login: { ...newLoginRecord('u', 'app'), change } };
  const consumer = {
    workload: 'Deployment/api',
    version: undefined,
    progress: undefined,
    isLeftToReloader: false,
    isHeld: false,
    ...SHOWN[shown],
  };
  const facts: SecretFacts = {
    place: { namespace: 'shop', name: 'app' },
    lockstepNamespace: 'lockstep-system',
    now: at(0),
    otherManager: undefined,
    servers: [],
    correctedKeys: [],
    logins: [loginIn(held)],
    findings: found({ findings: [], correctedKeys: [] }),
    credential: found({ credentials: [] }),
    copies: [],
    record: found({ kind: 'read', record, data, notWritable: undefined }),
    consumers: found([consumer]),
    restarts: { mayRestart: true, isLed: true },
    references: { kind: 'unknown', why: '', fix: '' },
    ...different,
  };
  const check = diagnoseSecret(facts).find((one) => one.check === 'consumers');
  return [check?.message, check?.fix].filter((text) => text !== '').join(' | ');
}

const HELD = '1 workload reads it, with the values that it holds';
const STALE = '1 of 1 workloads that read it still has its old values';
const RESTART = 'kubectl -n shop rollout restart deployment/api';
const NONE = (phase: Phase) => `No workload is restarted in the phase ${phase} of the password change`;
const DUE = `${STALE}. 1 of them waits for its restart`;
const NOW = `${HELD}. Deployment/api is being restarted`;

/** lockstep restarts consumers in these phases, and the login in the Secret opens the server. */
const OPEN = { current: HELD, stale: `${STALE} | ${RESTART}`, due: DUE, now: NOW };
/** The password or the Secret is being changed: a restart now would start pods with the wrong one of both. */
const closed = (phase: Phase) => {
  const [held, stale] = [`${HELD}. ${NONE(phase)}`, `${STALE}. ${NONE(phase)}`];
  return { current: held, stale, due: stale, now: held };
};

const TABLE: Readonly<Record<Phase, Readonly<Record<Shown, string>>>> = {
  preflight: OPEN,
  apply: closed('apply'),
  verify: closed('verify'),
  publish: closed('publish'),
  rollout: OPEN,
  drain: OPEN,
  // The rollout is over. A workload that lockstep may not restart still needs it.
  finalize: { current: HELD, stale: `${STALE} | ${RESTART}`, due: `${STALE} | ${RESTART}`, now: HELD },
  'rollback-apply': closed('rollback-apply'),
  'rollback-verify': closed('rollback-verify'),
  'rollback-publish': closed('rollback-publish'),
  'rollback-rollout': OPEN,
  'rollback-drain': OPEN,
};

t.test(
  'says in each phase whether consumers are restarted, and offers a restart only where it helps',
  async (t) => {
    t.same(Object.keys(TABLE), [...PHASES], 'each phase');
    for (const phase of PHASES)
      for (const shown of Object.keys(SHOWN) as Shown[])
        t.equal(said(phase, shown), TABLE[phase][shown], `${phase}, ${shown}`);
    t.ok(phasesOf({ from: OLD, to: NEW, phase: 'apply' }).every((phase) => phase in TABLE));
  },
);

t.test('says nothing about restarts that lockstep may not make', async (t) => {
  const forbidden = { restarts: { mayRestart: false, isLed: true } };
  for (const phase of ['preflight', 'rollout', 'drain', 'rollback-rollout'] as const) {
    t.equal(said(phase, 'due', forbidden), `${STALE} | ${RESTART}`, phase);
    t.equal(said(phase, 'now', forbidden), HELD, phase);
  }
  const alone = { restarts: { mayRestart: true, isLed: false } };
  t.equal(said('rollout', 'due', alone), `${STALE}. No controller leads, so none is restarted | ${RESTART}`);
  t.equal(
    said('apply', 'due', alone),
    `${STALE}. No controller leads, so none is restarted. ${NONE('apply')}`,
  );
});

t.test('offers no restart while the Secret holds a login that is not proven', async (t) => {
  const edited = (phase: Phase) => said(phase, 'stale', { logins: [loginIn(NEW)] });
  t.equal(edited('preflight'), `${STALE}. The login of the Secret must open its server before a restart`);
  t.equal(edited('rollout'), `${STALE} | ${RESTART}`);
});
