import t from 'tap';
import {
  consumerForecast,
  type Surroundings,
  type WrittenSecret,
} from '../../../../src/engine/diagnosis/ready/consumer-obstacles.ts';
import type { SourceReader } from '../../../../src/engine/diagnosis/uses/use-index.ts';
import type { Reading } from '../../../../src/engine/workloads/references/reading.ts';
import type { Workload } from '../../../../src/engine/workloads/rollout/consumers.ts';
import { aWorkload, fixedUse, liveUse } from '../../../helpers/engine/workload.ts';

const CHANGING = ['POSTGRES_USER', 'POSTGRES_PASSWORD', 'DATABASE_URL'];

const reading = (fields: Partial<Reading> = {}): Reading => ({
  source: 'Secret',
  name: 'app',
  key: undefined,
  as: 'envFrom',
  place: 'main',
  needsRestart: true,
  ...fields,
});

function reader(workload: Partial<Workload> = {}, ...readings: readonly Reading[]): SourceReader {
  const made = aWorkload({ uses: new Map([['app', fixedUse(...CHANGING)]]), ...workload });
  return {
    namespace: 'shop',
    kind: made.kind,
    name: made.name,
    readings: readings.length === 0 ? [reading()] : readings,
    workload: made,
  };
}

function forecast(
  readers: readonly SourceReader[],
  {
    isServer = () => false,
    hasReloader,
    fullQuota = () => undefined,
    ...fields
  }: Partial<WrittenSecret & Surroundings> = {},
) {
  const { obstacles, unknown } = consumerForecast(
    readers,
    {
      secret: { name: 'app', immutable: false, annotations: new Map() },
      keys: { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD' },
      changing: CHANGING,
      restarts: true,
      strategy: 'AlternatingUsers',
      ...fields,
    },
    { isServer, hasReloader, fullQuota },
  );
  return [...obstacles.map(({ effect, reason }) => `${effect}: ${reason}`), ...unknown];
}

t.test('a restarted reader of both keys is no obstacle for two roles', async (t) => {
  t.same(forecast([reader()]), []);
  t.same(forecast([]), []);
});

t.test('with one role, each reader is named, and without a reader there is no obstacle', async (t) => {
  t.match(forecast([reader(), reader({ name: 'web' })], { strategy: 'SingleUser' }), [
    /^logins-fail: with SingleUser, new logins of Deployment\/api, Deployment\/web fail until/,
  ]);
  t.same(forecast([], { strategy: 'SingleUser' }), []);
});

t.test('a reader of other keys, and an object that no container reads, are ignored', async (t) => {
  const others = [reader({}, reading({ key: 'JWT_SECRET' })), reader({}, reading({ as: 'Ingress TLS' }))];
  t.same(forecast(others, { strategy: 'SingleUser' }), []);
});

t.test('a reader that keeps the old password is named with its reason', async (t) => {
  const bare: SourceReader = { ...reader(), kind: 'Pod', name: 'bare', workload: undefined };
  t.same(forecast([bare]), ['logins-fail: lockstep does not restart Pod/bare, so it keeps the old password']);
  t.match(forecast([reader({ optedOut: true })]), [
    /^logins-fail: Deployment\/api keeps .*lockstep.dev\/restart/,
  ]);
  t.match(forecast([reader()], { restarts: false }), [/^logins-fail: Deployment\/api keeps/]);
  const paused = reader({ progress: { kind: 'held', reason: 'is paused; resume it' } });
  t.match(forecast([paused]), [/^logins-fail: Deployment\/api keeps the old password: it is paused/]);
});

t.test('a volume that the kubelet updates needs no restart', async (t) => {
  const uses = new Map([['app', liveUse(...CHANGING)]]);
  const live = reading({ as: 'volume', needsRestart: false });
  t.same(forecast([reader({ uses, optedOut: true }, live)]), []);
  t.same(forecast([{ ...reader({}, live), kind: 'Pod', workload: undefined }]), []);
});

t.test('a reader that is not healthy would roll the change back', async (t) => {
  const sick = reader({ progress: { kind: 'underway', why: '0 of 1 pods are available' } });
  t.match(forecast([sick]), [
    /^rolls-back: Deployment\/api is not healthy now \(0 of 1 pods are available\)/,
  ]);
});

t.test('two roles need a reader of the user, or of a URL', async (t) => {
  const password = reading({ as: 'env', key: 'POSTGRES_PASSWORD' });
  t.match(forecast([reader({}, password)]), [/reads the password and not the user/]);
  t.same(forecast([reader({}, password, reading({ as: 'env', key: 'POSTGRES_USER' }))]), []);
  t.same(forecast([reader({}, reading({ as: 'env', key: 'DATABASE_URL' }))]), []);
});

t.test('the server itself must not be restarted, and may keep its first password', async (t) => {
  const isServer = () => true;
  t.match(forecast([reader()], { isServer, strategy: 'SingleUser' }), [
    /^logins-fail: Deployment\/api runs the server itself/,
  ]);
  t.same(forecast([reader({ optedOut: true })], { isServer, strategy: 'SingleUser' }), []);
});

t.test('a full quota, and a Reloader that does not run, roll the change back', async (t) => {
  t.match(forecast([reader()], { fullQuota: () => 'pods' }), [
    /^rolls-back: ResourceQuota pods admits no further pod/,
  ]);
  const reloaded = reader({
    reloader: {
      annotations: { 'reloader.stakater.com/auto': 'true' },
      excluded: [],
      digests: new Map(),
      lastReloaded: undefined,
    },
  });
  t.same(forecast([reloaded], { hasReloader: true }), []);
  t.match(forecast([reloaded], { hasReloader: false }), [
    /^rolls-back: Reloader must restart Deployment\/api/,
  ]);
  t.match(forecast([reloaded]), [/^Reloader must restart Deployment\/api, and whether it runs/]);
});
