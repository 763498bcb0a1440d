import t from 'tap';
import {
  consumersOf,
  type SecretChanges,
} from '../../../../src/engine/credential/diagnosis/consumer-facts.ts';
import { staleConsumers } from '../../../../src/engine/credential/diagnosis/stale-consumers.ts';
import type { Workload } from '../../../../src/engine/rollout/consumers.ts';
import { aRollout, at, aWorkload, fixedUse, liveUse } from '../../../helpers/engine/workload.ts';

const CHANGES: SecretChanges = {
  versions: [
    { number: 1, time: at(0), keys: ['CSRF_SECRET', 'JWT_SECRET'] },
    { number: 2, time: at(100), keys: ['JWT_SECRET'] },
    { number: 3, time: at(200), keys: ['CSRF_SECRET'] },
  ],
  rollout: undefined,
};

const missed = (workload: Partial<Workload>, revised: Date | undefined, changes = CHANGES) =>
  consumersOf('app', [{ workload: aWorkload(workload), revised }], changes)[0]?.missedChange;

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
  t.same(consumersOf('other', [{ workload: aWorkload(), revised: at(50) }], CHANGES), []);
});

t.test('reports a rollout in progress apart from a stale workload', async (t) => {
  t.match(missed({}, at(50), { ...CHANGES, rollout: aRollout() }), { isRollingOut: true });
  t.match(missed({ optedOut: true }, at(50), { ...CHANGES, rollout: aRollout() }), { isRollingOut: false });
  const stopped = aRollout({ stopped: { workload: 'Deployment/api', reason: 'x' } });
  t.match(missed({}, at(50), { ...CHANGES, rollout: stopped }), { isRollingOut: false });
});

const PLACE = { namespace: 'shop', name: 'app' };
const told = (workloads: readonly Partial<Workload>[], changes = CHANGES) =>
  staleConsumers(
    consumersOf(
      'app',
      workloads.map((one) => ({ workload: aWorkload(one), revised: at(50) })),
      changes,
    ),
    PLACE,
  );

t.test('the command restarts only stale workloads', async (t) => {
  const workloads = [
    {},
    { name: 'web', versionAnnotation: '2' },
    { kind: 'StatefulSet', name: 'db' },
  ] as const;
  t.match(told(workloads), {
    outcome: 'fault',
    message: '2 of 3 workloads that read it still have its old values',
    fix: 'kubectl -n shop rollout restart deployment/api statefulset/db',
    names: [
      'Deployment/api: its pods began before version 2 of JWT_SECRET',
      'Deployment/web, restarted for version 2: up to date',
      'StatefulSet/db: its pods began before version 2 of JWT_SECRET',
    ],
  });
  t.match(told(workloads, { ...CHANGES, rollout: aRollout() }), { outcome: 'warning', fix: '' });
  t.match(
    told([
      { versionAnnotation: '2', progress: { kind: 'failed', reason: 'exceeded its progress deadline' } },
    ]),
    {
      outcome: 'warning',
      names: ['Deployment/api, restarted for version 2: up to date; it exceeded its progress deadline'],
    },
  );
  t.match(told([]), { outcome: 'ok' });
});

t.test('warns without a record, because the changed keys are unknown', async (t) => {
  const changes = {
    versions: [{ number: undefined, time: at(100), keys: ['JWT_SECRET'] }],
    rollout: undefined,
  };
  t.match(told([{}, { name: 'csrf', uses: new Map([['app', fixedUse('CSRF_SECRET')]]) }], changes), {
    outcome: 'warning',
    message: '1 of 1 workloads that read it may still have its old values',
  });
});
