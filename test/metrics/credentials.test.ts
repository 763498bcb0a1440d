import t from 'tap';
import type { CredentialReport } from '../../src/engine/login/status/status.ts';
import type { CredentialSnapshot } from '../../src/metrics/credentials.ts';
import { type ControllerMetricsPage, createControllerMetrics } from '../../src/metrics/metrics.ts';
import { samplesOf } from '../helpers/pages/promql.ts';

const IDLE = { type: 'Progressing', status: 'False', reason: 'Idle', message: '' } as const;
const WORKING = { type: 'Ready', status: 'True', reason: 'Available', message: '' } as const;
const PROVEN = { type: 'Synced', status: 'True', reason: 'LoginVerified', message: '' } as const;

const aReportedCredential = (report: Partial<CredentialReport> = {}, name = 'app'): CredentialSnapshot => ({
  kind: 'PostgresCredential',
  namespace: 'shop',
  name,
  report: {
    generation: 1,
    version: 3,
    phase: 'Idle',
    lastRotation: undefined,
    nextRotation: undefined,
    conditions: [WORKING, PROVEN, IDLE],
    ...report,
  },
});

/** The gauges of the credential, by the name after `lockstep_credential_`. */
async function gauges(metrics: ControllerMetricsPage, name = 'app'): Promise<Record<string, number>> {
  const samples = [...samplesOf(await metrics.render())].filter(
    ({ labels }) => labels.get('credential') === name && labels.get('credential_namespace') === 'shop',
  );
  return Object.fromEntries(
    samples.map(({ metric, value }) => [metric.replace('lockstep_credential_', ''), value]),
  );
}

async function reported(one: CredentialSnapshot): Promise<Record<string, number>> {
  const metrics = createControllerMetrics();
  metrics.followCredentials(() => [one], new AbortController().signal);
  return gauges(metrics);
}

const WELL = { ready: 1, synced: 1, diverged: 0, change_failed: 0 };

t.test('each PostgresCredential has series by name, with its known values', async (t) => {
  t.same(await reported(aReportedCredential()), WELL);
  const lastRotation = new Date(1_800_000_000_000);
  const nextRotation = new Date(1_800_003_600_000);
  t.same(await reported(aReportedCredential({ lastRotation, nextRotation })), {
    ...WELL,
    last_change_timestamp_seconds: 1_800_000_000,
    next_rotation_timestamp_seconds: 1_800_003_600,
  });
});

t.test('a known login state is a number, and an unknown one is NaN', async (t) => {
  const inStep = async (one: CredentialReport['conditions'][number]) =>
    (await reported(aReportedCredential({ conditions: [WORKING, one, IDLE] }))).synced;
  const type = 'Synced';
  const message = '';
  t.equal(await inStep({ type, status: 'False', reason: 'LoginRefused', message }), 0);
  t.equal(await inStep({ type, status: 'False', reason: 'Diverged', message }), 0);
  t.ok(Number.isNaN(await inStep({ type, status: 'Unknown', reason: 'Unreachable', message })));
  t.equal(await inStep({ type, status: 'Unknown', reason: 'NotChecked', message }), undefined);
});

t.test('the gauges ready, diverged and change_failed are 0 or 1', async (t) => {
  const message = '';
  t.match(
    await reported(
      aReportedCredential({
        conditions: [{ type: 'Ready', status: 'False', reason: 'SecretNotFound', message }, IDLE],
      }),
    ),
    { ready: 0 },
  );
  t.match(await reported(aReportedCredential({ phase: 'Diverged' })), { diverged: 1 });
  for (const reason of ['RolledBack', 'Refused'] as const)
    t.match(
      await reported(
        aReportedCredential({
          conditions: [WORKING, PROVEN, { type: 'Progressing', status: 'False', reason, message }],
        }),
      ),
      { change_failed: 1 },
    );
});

t.test('a deleted PostgresCredential has no series, nor any after another pod leads', async (t) => {
  const metrics = createControllerMetrics();
  const term = new AbortController();
  let all = [aReportedCredential(), aReportedCredential({}, 'other')];
  metrics.followCredentials(() => all, term.signal);
  t.same(await gauges(metrics, 'other'), WELL);
  all = [aReportedCredential()];
  t.same(await gauges(metrics, 'other'), {});
  t.same(await gauges(metrics), WELL);
  term.abort();
  t.same(await gauges(metrics), {});
  t.notMatch(await metrics.render(), /lockstep_credentials\{/);
  metrics.followCredentials(() => all, new AbortController().signal);
  t.same(await gauges(metrics), WELL, 'and again when it leads again');
});

t.test('two credentials of one name and different kinds have a series each', async (t) => {
  const metrics = createControllerMetrics();
  const redis = { ...aReportedCredential({ phase: 'Diverged' }), kind: 'RedisCredential' } as const;
  metrics.followCredentials(() => [aReportedCredential(), redis], new AbortController().signal);
  const series = [...samplesOf(await metrics.render())].filter(({ metric }) => metric.endsWith('_diverged'));
  t.same(
    series.map(({ labels, value }) => [labels.get('credential_kind'), value]),
    [
      ['PostgresCredential', 0],
      ['RedisCredential', 1],
    ],
  );
});

t.test('PostgresCredentials are counted by condition and reason', async (t) => {
  const metrics = createControllerMetrics();
  metrics.followCredentials(
    () => [aReportedCredential(), aReportedCredential({}, 'other')],
    new AbortController().signal,
  );
  t.match(await metrics.render(), 'lockstep_credentials{condition="Synced",reason="LoginVerified"} 2');
});

t.test('the series that alerts count start at 0, and durations are in seconds', async (t) => {
  const metrics = createControllerMetrics();
  t.match(
    await metrics.render(),
    'lockstep_credential_changes_total{cause="schedule",result="rolled-back"} 0',
  );
  metrics.recordChange('schedule', 'rolled-back');
  metrics.recordLoginUnavailable(40);
  metrics.recordLogin('password-refused');
  const page = await metrics.render();
  for (const line of [
    'lockstep_credential_changes_total{cause="schedule",result="rolled-back"} 1',
    'lockstep_credential_login_unavailable_seconds_sum 0.04',
    'lockstep_credential_logins_total{verdict="password-refused"} 1',
  ])
    t.ok(page.includes(`${line}\n`), line);
});
