import t from 'tap';
import type { RepeatedCorrection } from '../../src/admission/telemetry/repeated-corrections.ts';
import type { CredentialSnapshot } from '../../src/metrics/credentials.ts';
import { createControllerMetrics, createMetrics, type Metrics } from '../../src/metrics/metrics.ts';
import { aCorrection, aDenial, anAllowance, aPass } from '../helpers/admission/review-result.ts';
import { documentedMetrics, ownMetrics } from '../helpers/pages/monitoring.ts';
import { readScrape } from '../helpers/pages/promql.ts';

const NOTHING = { repeated: [], fixedAfterMs: undefined };
const REPEATED: RepeatedCorrection = { key: 'DATABASE_URL', reason: 'mismatch', times: 2 };

const A_CREDENTIAL: CredentialSnapshot = {
  kind: 'PostgresCredential',
  namespace: 'shop',
  name: 'app',
  report: {
    generation: 1,
    version: 1,
    phase: 'Apply',
    lastRotation: new Date(0),
    nextRotation: new Date(0),
    changingSince: new Date(0),
    conditions: [{ type: 'Synced', status: 'True', reason: 'LoginVerified', message: '' }],
  },
};

/** The lines of the page that begin with `name`, without it. */
async function linesOf(metrics: Metrics, name: string): Promise<string[]> {
  const lines = (await metrics.render()).split('\n');
  return lines.filter((line) => line.startsWith(name)).map((line) => line.slice(name.length));
}

t.test('docs/reference/metrics.md has every metric with its labels, and no other', async (t) => {
  const metrics = createMetrics();
  metrics.recordReview(aDenial(), NOTHING);
  metrics.recordReview(aCorrection(), NOTHING);
  const controller = createControllerMetrics();
  controller.setFindings({ Enforce: 0, Warn: 1, Audit: 0 }, [
    { policy: 'app', rule: 'weak', action: 'Warn', count: 1 },
  ]);
  controller.followCredentials(() => [A_CREDENTIAL], new AbortController().signal);
  controller.recordChange('requested', 'succeeded');
  controller.recordLogin('ok');
  const pages = [await metrics.render(), await controller.render()].join('\n');
  const byName = (all: ReadonlyMap<string, readonly string[]>) =>
    [...all].sort(([a], [b]) => (a < b ? -1 : 1));
  t.same(byName(await documentedMetrics()), byName(ownMetrics(readScrape(pages))));
});

t.test('the series of alerts and figures start at 0, and unknown values are NaN', async (t) => {
  const metrics = createMetrics();
  t.same(await linesOf(metrics, 'lockstep_admission_errors_total'), ['{code="500"} 0']);
  t.same(await linesOf(metrics, 'lockstep_admission_corrections_repeated_total'), ['{reason="mismatch"} 0']);
  t.same(await linesOf(metrics, 'lockstep_admission_corrected_writes_total'), [' 0']);
  const denied = (await linesOf(metrics, 'lockstep_admission_reviews_total')).filter(
    (line) => line.includes('webhook="validate",') && line.includes('verdict="denied"'),
  );
  t.same(
    denied.map((line) => /operation="(\w+)".* (\d+)$/.exec(line)?.slice(1)),
    [
      ['CREATE', '0'],
      ['UPDATE', '0'],
    ],
  );
  for (const name of [
    'self_probe_success',
    'tls_ca_expiration_timestamp_seconds',
    'tls_clock_offset_seconds',
  ]) {
    t.same(await linesOf(metrics, `lockstep_${name}`), [' Nan']);
  }
});

t.test('a denial counts once, with each finding, by operation and separate from dry runs', async (t) => {
  const metrics = createMetrics();
  metrics.recordReview(aDenial(), NOTHING);
  metrics.recordReview(aDenial({ request: { dryRun: true } }), NOTHING);
  metrics.recordReview(anAllowance({ stored: '7' }), NOTHING);
  metrics.recordReview(aPass({ stored: '7' }), NOTHING);
  const counted = (await linesOf(metrics, 'lockstep_admission_reviews_total')).filter(
    (line) => !line.endsWith(' 0'),
  );
  t.same(counted, [
    '{webhook="validate",operation="CREATE",verdict="denied",dry_run="false"} 1',
    '{webhook="validate",operation="UPDATE",verdict="allowed",dry_run="false"} 1',
    '{webhook="validate",operation="CREATE",verdict="denied",dry_run="true"} 1',
    '{webhook="validate",operation="UPDATE",verdict="passed",dry_run="false"} 1',
  ]);
  t.same(await linesOf(metrics, 'lockstep_admission_findings_total'), [
    '{rule="placeholder",action="Enforce",policy="app"} 2',
  ]);
});

t.test('a deleted policy has no series', async (t) => {
  const metrics = createMetrics();
  metrics.recordReview(aDenial(), NOTHING);
  await metrics.keepPolicies(new Set(['app']));
  t.equal((await linesOf(metrics, 'lockstep_admission_findings_total')).length, 1);
  await metrics.keepPolicies(new Set(['another']));
  t.same(await linesOf(metrics, 'lockstep_admission_findings_total'), []);
});

t.test('a corrected write counts once, however often the same correction is repeated', async (t) => {
  const metrics = createMetrics();
  metrics.recordReview(aCorrection(), NOTHING);
  metrics.recordReview(aCorrection(), { ...NOTHING, repeated: [REPEATED] });
  metrics.recordReview(aCorrection({}, { request: { dryRun: true } }), NOTHING);
  metrics.recordReview(aCorrection({ reason: 'derived' }), NOTHING);
  t.same(await linesOf(metrics, 'lockstep_admission_corrected_writes_total'), [' 1']);
  t.same(await linesOf(metrics, 'lockstep_admission_corrections_repeated_total'), ['{reason="mismatch"} 1']);
});

t.test('the time to fix is in seconds', async (t) => {
  const metrics = createMetrics();
  metrics.recordReview(anAllowance(), { ...NOTHING, fixedAfterMs: 90_000 });
  t.same(await linesOf(metrics, 'lockstep_admission_time_to_fix_seconds_sum'), [' 90']);
});

t.test('two servers in one process do not share numbers', async (t) => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.recordError(500);
  t.same(await linesOf(other, 'lockstep_admission_errors_total'), ['{code="500"} 0']);
});
