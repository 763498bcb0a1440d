import t from 'tap';
import type { Finding } from '../../../../src/engine/secret/finding/finding.ts';
import {
  contentOf,
  type ReportedSecret,
  reportOf,
} from '../../../../src/engine/secret/finding/policy-report.ts';
import { aFinding } from '../../../helpers/commands/audited.ts';

const NOW = new Date('2026-11-25T12:00:00Z');
const LATER = new Date('2026-11-25T13:00:00Z');
const SECONDS = NOW.getTime() / 1000;

const aFaulty = (
  name: string,
  findings: readonly Finding[],
  more: Partial<ReportedSecret['counts']> = {},
): ReportedSecret => ({
  namespace: 'shop',
  name,
  uid: `uid-of-${name}`,
  findings,
  counts: {
    Enforce: findings.filter(({ action }) => action === 'Enforce').length,
    Warn: findings.filter(({ action }) => action === 'Warn').length,
    Audit: findings.filter(({ action }) => action === 'Audit').length,
    ...more,
  },
});

t.test('Enforce is a fail, Warn a warn, and Audit a warn without a score', async (t) => {
  const findings = [aFinding(), aFinding({ action: 'Warn' }), aFinding({ action: 'Audit' })];
  const report = reportOf([aFaulty('app', findings)], undefined, NOW);
  t.same(
    report?.results.map(({ result, severity, scored }) => `${result} ${severity} ${scored}`),
    ['fail high true', 'warn medium false', 'warn info false'],
  );
  t.same(report?.summary, { pass: 0, fail: 1, warn: 2, error: 0, skip: 0 });
  t.match(report?.results[0], {
    source: 'lockstep',
    policy: 'jwt-keys',
    rule: 'placeholder',
    timestamp: { seconds: SECONDS, nanos: 0 },
    resources: [{ apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'app', uid: 'uid-of-app' }],
    message: /^data\[JWT_SECRET\]: is a placeholder \[lockstep\/placeholder\]: set /,
    properties: { key: 'JWT_SECRET', action: 'Enforce' },
  });
});

t.test('without findings there is no report', async (t) => {
  t.equal(reportOf([], undefined, NOW), undefined);
});

t.test('the strongest actions come first, 250 results at most, and the summary counts all', async (t) => {
  const weak = Array.from({ length: 20 }, (_, index) => aFinding({ action: 'Warn', key: `K${index}` }));
  const faulty = Array.from({ length: 30 }, (_, index) => aFaulty(`app-${index}`, weak, { Warn: 100 }));
  const report = reportOf([...faulty, aFaulty('zz-last', [aFinding()])], undefined, NOW);
  t.equal(report?.results.length, 250);
  t.equal(report?.results[0]?.resources[0]?.name, 'zz-last');
  t.match(report?.summary, { fail: 1, warn: 3000 });
});

t.test('the first-seen time of a finding is kept, and is no change', async (t) => {
  const before = reportOf([aFaulty('app', [aFinding()])], undefined, NOW);
  const after = reportOf([aFaulty('app', [aFinding(), aFinding({ action: 'Warn' })])], before, LATER);
  t.same(
    after?.results.map(({ timestamp }) => timestamp.seconds - SECONDS),
    [0, 3600],
  );
  t.equal(contentOf(reportOf([aFaulty('app', [aFinding()])], undefined, LATER)), contentOf(before));
  t.not(contentOf(after), contentOf(before));
  t.not(contentOf(reportOf([aFaulty('app', [aFinding()], { Warn: 7 })], undefined, NOW)), contentOf(before));
});

t.test('invalid stored content is replaced by a report', async (t) => {
  const broken = [
    null,
    7,
    {},
    { results: 'x' },
    { results: [null, 7, { resources: 7, timestamp: { seconds: 'x' } }] },
  ];
  const report = reportOf([aFaulty('app', [aFinding()])], undefined, NOW);
  for (const before of broken) {
    t.same(reportOf([aFaulty('app', [aFinding()])], before, NOW), report);
    t.not(contentOf(before), contentOf(report));
  }
});
