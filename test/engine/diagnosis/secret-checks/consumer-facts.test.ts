import t from 'tap';
import {
  consumersOf,
  type SecretChanges,
} from '../../../../src/engine/diagnosis/secret-checks/consumer-facts.ts';
import type { RestartState } from '../../../../src/engine/diagnosis/secret-checks/restart-state.ts';
import {
  outdatedConsumers,
  staleConsumers,
} from '../../../../src/engine/diagnosis/secret-checks/stale-consumers.ts';
import { plainSecret, type Secret } from '../../../../src/engine/secret/secret.ts';
import type { Workload } from '../../../../src/engine/workloads/rollout/consumers.ts';
import { reloaderMarksOf } from '../../../../src/engine/workloads/rollout/reloader.ts';
import { values } from '../../../helpers/engine/record.ts';
import { aRollout, at, aWorkload, fixedUse, liveUse } from '../../../helpers/engine/workload.ts';

const LAST = values({ CSRF_SECRET: 'c2', JWT_SECRET: 'j2' });
const CHANGES: SecretChanges & Pick<Secret, 'data'> = {
  versions: [
    {
      number: 1,
      time: at(0),
      keys: ['CSRF_SECRET', 'JWT_SECRET'],
      data: values({ CSRF_SECRET: 'c1', JWT_SECRET: 'j1' }),
    },
    {
      number: 2,
      time: at(100),
      keys: ['JWT_SECRET'],
      data: values({ CSRF_SECRET: 'c1', JWT_SECRET: 'j2' }),
    },
    { number: 3, time: at(200), keys: ['CSRF_SECRET'], data: LAST },
  ],
  data: LAST,
  rollout: undefined,
};

const theSecret = ({ data }: Pick<Secret, 'data'> = CHANGES, name = 'app') =>
  plainSecret({ namespace: 'shop', name, data });

const missed = (workload: Partial<Workload>, revised: Date | undefined, changes = CHANGES) =>
  consumersOf(theSecret(changes), [{ workload: aWorkload(workload), revised }], changes)[0]?.missedChange;

t.test('a workload whose pods are older than the last change is stale', async (t) => {
  t.match(missed({}, at(50)), { number: 2, keys: ['JWT_SECRET'] });
  t.equal(missed({}, at(150)), undefined, 'CSRF_SECRET is nothing to it');
  t.match(missed({ uses: new Map([['app', { fixed: 'all', live: new Set<string>() }]]) }, at(150)), {
    number: 3,
    keys: ['CSRF_SECRET'],
  });
  t.equal(missed({}, at(100)), undefined, 'in the same second both may have been written at once');
  t.match(
    missed({ created: at(50) }, undefined),
    { number: 2 },
    'where its template has no date, its own counts',
  );
});

t.test('a workload that was restarted, reads a volume or is a CronJob is not stale', async (t) => {
  t.equal(missed({ versionAnnotation: '2' }, at(50)), undefined);
  t.match(missed({ versionAnnotation: '1' }, at(50)), { number: 2 });
  t.equal(missed({ uses: new Map([['app', liveUse('JWT_SECRET')]]) }, at(50)), undefined);
  t.equal(missed({ kind: 'CronJob' }, at(50)), undefined);
  t.same(consumersOf(theSecret(CHANGES, 'other'), [{ workload: aWorkload(), revised: at(50) }], CHANGES), []);
});

t.test('a workload whose values changed and changed back is not stale', async (t) => {
  const data = values({ CSRF_SECRET: 'c2', JWT_SECRET: 'j1' });
  const back = { number: 4, time: at(300), keys: ['JWT_SECRET'], data };
  const changes = { ...CHANGES, versions: [...CHANGES.versions, back], data };
  t.equal(missed({}, at(50), changes), undefined, 'its pods began with the value that it has again');
  t.match(missed({}, at(150), changes), { number: 4, keys: ['JWT_SECRET'] });
  t.match(missed({}, at(-50), changes), { number: 4 }, 'the values at its start are unknown');
  const both = { uses: new Map([['app', { fixed: 'all' as const, live: new Set<string>() }]]) };
  t.match(missed(both, at(50), changes), { keys: ['CSRF_SECRET'] }, 'only the key that differs');
  const lost = changes.versions.map((version) => ({ ...version, data: undefined }));
  t.match(missed({}, at(50), { ...changes, versions: lost }), { number: 4 });
});

t.test('reports the restart that a rollout makes or owes', async (t) => {
  const restart = (workload: Partial<Workload>, rollout: SecretChanges['rollout']) =>
    consumersOf(theSecret(), [{ workload: aWorkload(workload), revised: at(50) }], { ...CHANGES, rollout })[0]
      ?.restart;
  t.equal(restart({}, undefined), undefined);
  t.equal(restart({}, aRollout()), 'due');
  t.equal(restart({}, aRollout({ current: { workload: 'Deployment/api', since: at(0) } })), 'now');
  t.equal(restart({}, aRollout({ done: new Map([['Deployment/api', 2]]) })), undefined);
  t.equal(restart({ optedOut: true }, aRollout()), undefined);
  t.equal(restart({}, aRollout({ stopped: { workload: 'Deployment/web', reason: 'x' } })), undefined);
});

const PLACE = { namespace: 'shop', name: 'app' };
const NO_MARKS = { annotations: {}, variables: [] };
const IDLE: RestartState = {
  mayRestart: true,
  isLed: true,
  phase: undefined,
  stoppedAt: undefined,
  isLoginProven: true,
  refusedKeys: [],
};
const reported = (
  workloads: readonly Partial<Workload>[],
  changes: SecretChanges = CHANGES,
  state: Partial<RestartState> = {},
) =>
  staleConsumers(
    consumersOf(
      theSecret(),
      workloads.map((one) => ({ workload: aWorkload(one), revised: at(50) })),
      changes,
    ),
    PLACE,
    { ...IDLE, ...state },
  );

t.test('a held workload has the pods from before, although its template has the version', async (t) => {
  const reason = 'is paused; kubectl rollout resume restarts it';
  const progress = { kind: 'held', reason, olderPods: `it ${reason}` } as const;
  const paused = { versionAnnotation: '2', progress };
  t.match(missed(paused, at(50)), { number: 2, keys: ['JWT_SECRET'] });
  t.equal(missed(paused, at(150)), undefined, 'it was paused after the restart');
  const names = [
    'Deployment/api, restarted for version 2: its pods began before version 2 of JWT_SECRET; it is paused; kubectl rollout resume restarts it',
  ];
  // kubectl restarts no paused Deployment.
  t.match(reported([paused]), { outcome: 'fault', fix: '', names });
  const both = reported([paused, { name: 'web' }]);
  t.match(both, { outcome: 'fault', fix: 'kubectl -n shop rollout restart deployment/web' });
});

t.test('each consumer with pods from before is named with its next step', async (t) => {
  const outdated = (...workloads: readonly Partial<Workload>[]) =>
    outdatedConsumers(
      consumersOf(
        theSecret(),
        workloads.map((one) => ({ workload: aWorkload(one), revised: at(50) })),
        CHANGES,
      ),
      PLACE,
    );
  const reason = 'is paused; kubectl rollout resume restarts it';
  const progress = { kind: 'held', reason, olderPods: `it ${reason}` } as const;
  const partition = 'its partition keeps 1 pod of before; lower it';
  const inVolume = { uses: new Map([['app', liveUse('JWT_SECRET')]]) };
  t.same(
    outdated(
      { name: 'done', versionAnnotation: '2' },
      { name: 'opted-out', optedOut: true },
      { name: 'paused', versionAnnotation: '2', progress },
      { name: 'reloaded', reloader: reloaderMarksOf({ 'reloader.stakater.com/auto': 'true' }, NO_MARKS) },
      { name: 'reads-volume', ...inVolume },
      { name: 'volume', ...inVolume, progress },
      {
        kind: 'StatefulSet',
        name: 'db',
        versionAnnotation: '2',
        progress: { kind: 'done', olderPods: partition },
      },
    ),
    [
      'Deployment/opted-out: lockstep does not restart it; run kubectl -n shop rollout restart deployment/opted-out',
      `Deployment/paused: it ${reason}`,
      'Deployment/reloaded: Reloader restarts it',
      `Deployment/volume: it ${reason}`,
      `StatefulSet/db: ${partition}`,
    ],
  );
});

t.test('the command restarts only stale workloads', async (t) => {
  const workloads = [
    {},
    { name: 'web', versionAnnotation: '2' },
    { kind: 'StatefulSet', name: 'db' },
  ] as const;
  t.match(reported(workloads), {
    outcome: 'fault',
    message: '2 of 3 workloads that read it still have its old values',
    fix: 'kubectl -n shop rollout restart deployment/api statefulset/db',
    names: [
      'Deployment/api: its pods began before version 2 of JWT_SECRET',
      'Deployment/web, restarted for version 2: up to date',
      'StatefulSet/db: its pods began before version 2 of JWT_SECRET',
    ],
  });
  t.match(reported(workloads, CHANGES, { isLoginProven: false }), {
    outcome: 'warning',
    message: /old values\. The login of the Secret must open its server before a restart$/,
    fix: '',
  });
  t.match(reported(workloads, CHANGES, { refusedKeys: ['JWT_SECRET'] }), { outcome: 'warning', fix: '' });
  t.match(reported(workloads, CHANGES, { refusedKeys: ['REPORTS_URL'] }), { outcome: 'fault' });
  t.match(
    reported([
      { versionAnnotation: '2', progress: { kind: 'failed', reason: 'exceeded its progress deadline' } },
    ]),
    {
      outcome: 'warning',
      names: ['Deployment/api, restarted for version 2: up to date; it exceeded its progress deadline'],
    },
  );
  t.match(reported([]), { outcome: 'ok' });
});

t.test('warns without a record, because the changed keys are unknown', async (t) => {
  const changes = {
    versions: [{ number: undefined, time: at(100), keys: ['JWT_SECRET'], data: LAST }],
    data: LAST,
    rollout: undefined,
  };
  t.match(reported([{}, { name: 'csrf', uses: new Map([['app', fixedUse('CSRF_SECRET')]]) }], changes), {
    outcome: 'warning',
    message: '1 of 1 workloads that read it may still have its old values',
  });
});

t.test('says that a workload is restarted only if one is', async (t) => {
  const workloads = [{}, { name: 'web' }, { name: 'old', optedOut: true }] as const;
  const current = { workload: 'Deployment/api', since: at(0) };
  const old = '3 of 3 workloads that read it still have its old values';
  const named = (state: Partial<RestartState>) =>
    reported(workloads, { ...CHANGES, rollout: aRollout({ current }) }, state).names.map(
      (name) => /; (.*)$/.exec(name)?.[1],
    );
  t.same(named({}), ['it is being restarted', undefined, 'its restart is due']);
  for (const state of [
    { isLed: false },
    { mayRestart: false },
    { isLoginProven: false },
    { phase: 'verify' },
  ] as const)
    t.same(named(state), [undefined, undefined, undefined], JSON.stringify(state));
  const sentence = (rollout: SecretChanges['rollout'], state: Partial<RestartState> = {}) => {
    const { outcome, message, fix } = reported(workloads, { ...CHANGES, rollout }, state);
    return { outcome, rest: message.replace(old, '').replace(/^\. /, ''), isOffered: fix !== '' };
  };
  const waits = { outcome: 'warning', isOffered: false };
  const stale = { outcome: 'fault', isOffered: true };
  t.same(sentence(aRollout({ current })), {
    ...waits,
    rest: 'Deployment/api is being restarted, and 1 more after it',
  });
  t.same(sentence(aRollout()), { ...waits, rest: '2 of them wait for their restart' });
  t.same(sentence(aRollout(), { isLoginProven: false }), {
    ...waits,
    rest: '2 of them wait for their restart, until the login of the Secret opens its server',
  });
  t.same(sentence(aRollout({ current }), { mayRestart: false }), { ...stale, rest: '' });
  t.same(sentence(aRollout({ current }), { isLed: false }), {
    ...stale,
    rest: 'No controller leads, so none is restarted',
  });
  const stopped = aRollout({ stopped: { workload: 'Deployment/web', reason: 'x' } });
  t.same(sentence(stopped, { stoppedAt: 'Deployment/web' }), {
    ...waits,
    rest: 'The rollout has stopped at Deployment/web',
  });
  t.same(sentence(undefined), { ...stale, rest: '' });
});
