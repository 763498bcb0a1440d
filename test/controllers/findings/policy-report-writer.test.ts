import t from 'tap';
import type { SecretWithFindings } from '../../../src/controllers/findings/board.ts';
import {
  type ExistingReport,
  type ReportStore,
  reportWriter,
} from '../../../src/controllers/findings/policy-report-writer.ts';
import type { PolicyReport } from '../../../src/engine/secret/finding/policy-report.ts';
import { aFinding } from '../../helpers/commands/audited.ts';

/** Namespaces with findings, and their stored reports. The writer sleeps no longer than a turn of the event loop. */
function aWorld() {
  const faulty = new Map<string, readonly SecretWithFindings[]>();
  const stored = new Map<string, ExistingReport>();
  const did: string[] = [];
  const sleeps: number[] = [];
  const reported: string[] = [];
  const foreign: string[] = [];
  const world = { isInstalled: true, hasOpenReports: false, fails: new Map<string, Error>() };
  const stop = new AbortController();
  const store = (namespace: string, document: object = {}, isForeign = false) =>
    stored.set(namespace, { isForeign, uid: 'u', resourceVersion: '1', document });
  const aStore = (kind: string, reports: Map<string, ExistingReport>): ReportStore => ({
    kind,
    namespaces: async () => [...reports.keys()],
    read: async (namespace) => {
      const error = world.fails.get(namespace);
      if (error !== undefined) throw error;
      return reports.get(namespace);
    },
    write: async (namespace: string, report: PolicyReport) => {
      did.push(`write ${kind === 'PolicyReport' ? '' : `${kind} `}${namespace}`);
      reports.set(namespace, { isForeign: false, uid: 'u', resourceVersion: '1', document: report });
    },
    remove: async (namespace) => {
      did.push(`remove ${namespace}`);
      reports.delete(namespace);
    },
  });
  const policyReports = aStore('PolicyReport', stored);
  const openReports = aStore('Report', new Map());
  const writer = reportWriter(
    {
      findingsIn: (namespace) => faulty.get(namespace) ?? [],
      namespacesWithFindings: () => [...faulty.keys()],
      stores: async () => [
        ...(world.hasOpenReports ? [openReports] : []),
        ...(world.isInstalled ? [policyReports] : []),
      ],
      isConflict: (error) => error instanceof Error && error.message === 'conflict',
      onForeignReport: (namespace) => foreign.push(namespace),
      onError: (error, namespaces) =>
        reported.push(error instanceof Error ? `${error.message} ${namespaces.join()}` : 'works'),
      now: () => new Date('2026-11-25T12:00:00Z'),
      sleep: async (milliseconds) => {
        sleeps.push(milliseconds);
        await new Promise((resolve) => setImmediate(resolve));
      },
    },
    stop.signal,
  );
  const wrong = (namespace: string, key = 'JWT_SECRET') => {
    const findings = [aFinding({ key })];
    faulty.set(namespace, [
      { namespace, name: 'app', uid: 'u', findings, counts: { Enforce: 1, Warn: 0, Audit: 0 } },
    ]);
    writer.wake(namespace);
  };
  const right = (namespace: string) => {
    faulty.delete(namespace);
    writer.wake(namespace);
  };
  return { writer, world, stop, store, stored, did, sleeps, reported, foreign, wrong, right };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

t.test('writes nothing before the first scan has ended', async (t) => {
  const { writer, wrong, did } = aWorld();
  wrong('shop');
  await settled();
  t.same(did, []);
  writer.scanEnded();
  await settled();
  t.same(did, ['write shop']);
});

t.test('a report of a namespace without findings is removed after the scan', async (t) => {
  const { writer, store, wrong, did } = aWorld();
  store('mended', { summary: { fail: 1 } });
  wrong('shop');
  writer.scanEnded();
  await settled();
  t.same(did, ['write shop', 'remove mended']);
});

t.test('a report is written on a change, once for a burst, and removed without findings', async (t) => {
  const { writer, wrong, right, did, sleeps } = aWorld();
  writer.scanEnded();
  await settled();
  wrong('shop');
  wrong('shop', 'API_KEY');
  wrong('web');
  await settled();
  t.same(did.splice(0), ['write shop', 'write web']);
  t.ok(sleeps.every((pause) => pause === 2000));
  writer.wake('shop');
  await settled();
  t.same(did.splice(0), [], 'the same is not written again');
  right('shop');
  await settled();
  t.same(did, ['remove shop']);
});

t.test('a foreign report is not changed, and is reported once', async (t) => {
  const { writer, store, wrong, did, foreign } = aWorld();
  store('shop', {}, true);
  writer.scanEnded();
  wrong('shop');
  await settled();
  wrong('shop', 'API_KEY');
  await settled();
  t.same(did, []);
  t.same(foreign, ['shop']);
});

t.test(
  'without the API of reports the writer checks again after ten minutes, and forgets nothing',
  async (t) => {
    const { writer, world, wrong, did, sleeps } = aWorld();
    world.isInstalled = false;
    writer.scanEnded();
    wrong('shop');
    await settled();
    t.ok(sleeps.slice(1).every((pause) => pause === 600_000));
    t.same(did, []);
    world.isInstalled = true;
    await settled();
    t.same(did, ['write shop']);
  },
);

t.test('writes OpenReports once they are installed, and removes its own PolicyReports', async (t) => {
  const { writer, world, store, wrong, did, stored } = aWorld();
  wrong('shop');
  wrong('web');
  store('foreign', {}, true);
  writer.scanEnded();
  await settled();
  t.same(did.splice(0), ['write shop', 'write web']);
  world.hasOpenReports = true;
  wrong('shop', 'API_KEY');
  await settled();
  t.same(did.splice(0), ['remove shop', 'remove web', 'write Report shop', 'write Report web']);
  t.same([...stored.keys()], ['foreign']);
  world.hasOpenReports = false;
  wrong('shop');
  await settled();
  t.same(did, ['write shop', 'write web'], 'the other kind again');
});

t.test('a failing namespace does not delay the others, and is retried', async (t) => {
  const { writer, world, wrong, did, reported, sleeps } = aWorld();
  writer.scanEnded();
  world.fails.set('closed', new Error('forbidden'));
  wrong('closed');
  wrong('shop');
  await settled();
  t.same(did, ['write shop']);
  t.same(reported, ['forbidden closed'], 'told once');
  t.same(sleeps.slice(1, 5), [5000, 10_000, 20_000, 40_000]);
  t.equal(Math.max(...sleeps), 300_000);
  world.fails.clear();
  await settled();
  t.same(did, ['write shop', 'write closed']);
  t.same(reported, ['forbidden closed', 'works']);
});

t.test('after a conflict the report is read again, without an error', async (t) => {
  const { writer, world, wrong, did, reported } = aWorld();
  writer.scanEnded();
  world.fails.set('shop', new Error('conflict'));
  wrong('shop');
  await settled();
  t.same(did, []);
  world.fails.clear();
  await settled();
  t.same(did, ['write shop']);
  t.same(reported, []);
});

t.test('the signal ends the report writer', async (t) => {
  const { writer, wrong, stop, did } = aWorld();
  writer.scanEnded();
  wrong('shop');
  stop.abort();
  await settled();
  t.same(did, []);
});
