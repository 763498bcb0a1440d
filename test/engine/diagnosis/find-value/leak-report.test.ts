import t from 'tap';
import { parseLeakReport } from '../../../../src/engine/diagnosis/find-value/leak-report.ts';

const lines = (...findings: object[]) => findings.map((one) => `${JSON.stringify(one)}\n`).join('');

t.test('a report of gitleaks is an array with the field Secret', async (t) => {
  const report = JSON.stringify([
    { RuleID: 'generic-api-key', File: 'deploy/app.env', StartLine: 12, Match: 'KEY=abc', Secret: 'abc-1' },
    { RuleID: 'aws-access-token', File: '', Secret: 'abc-2' },
    { RuleID: 'generic-api-key', File: 'other', StartLine: 1, Secret: 'abc-1' },
    { RuleID: 'generic-api-key', File: 'other', StartLine: 2, Secret: 'REDACTED' },
  ]);
  t.same(parseLeakReport(`\ufeff${report}\n`), {
    values: [
      { text: 'abc-1', origin: 'generic-api-key in deploy/app.env:12' },
      { text: 'abc-2', origin: 'aws-access-token' },
    ],
    redacted: 1,
  });
});

t.test(
  'a report of gitleaks in SARIF has the value as its snippet, and other tools have more there',
  async (t) => {
    const region = { startLine: 12, endLine: 12, snippet: { text: 'abc-1\n' } };
    const locations = [{ physicalLocation: { artifactLocation: { uri: 'deploy/app.env' }, region } }];
    const results = [
      { ruleId: 'generic-api-key', message: { text: 'found' }, locations },
      { ruleId: 'none' },
    ];
    const sarif = (name: string) =>
      JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name } }, results }, null] });
    t.same(parseLeakReport(sarif('gitleaks')), {
      values: [{ text: 'abc-1', origin: 'generic-api-key in deploy/app.env:12' }],
      redacted: 0,
    });
    t.match(parseLeakReport(sarif('trufflehog')), /none of gitleaks or TruffleHog/);
  },
);

t.test('a report of TruffleHog has one object in each line', async (t) => {
  const report = lines(
    { level: 'info-0', msg: 'running source' },
    {
      SourceMetadata: { Data: { Git: { file: 'app.env', line: 3 } } },
      DetectorName: 'AWS',
      Raw: 'AKIA1',
      RawV2: 'AKIA1:the-secret',
    },
    { DetectorName: 'Postgres', Raw: 'postgres://a:b@c', RawV2: '' },
    { DetectorName: 'Stripe', Raw: 'sk-1', SecretParts: { key: 'sk-1', password: 'part-1', host: 'db' } },
  );
  t.same(parseLeakReport(report), {
    values: [
      { text: 'AKIA1', origin: 'AWS in app.env:3' },
      { text: 'the-secret', origin: 'AWS in app.env:3' },
      { text: 'postgres://a:b@c', origin: 'Postgres' },
      { text: 'sk-1', origin: 'Stripe' },
      { text: 'part-1', origin: 'Stripe' },
    ],
    redacted: 0,
  });
});

t.test('a report without values has a reason, which quotes nothing', async (t) => {
  for (const [report, reason] of [
    ['', /names no value/],
    ['[]', /names no value/],
    ['canary-7Qx2', /^is not JSON$/],
    [`${lines({ Raw: 'a' })}canary-7Qx2`, /^is not JSON in line 2$/],
    ['{"a":1}', /none of gitleaks or TruffleHog/],
    ['3', /names no value/],
    ['[{"Secret":"REDACTED"},{"Secret":"canary..."}]', /only hidden values/],
    [
      JSON.stringify(Array.from({ length: 10_001 }, (_, at) => ({ Secret: `value-${at}` }))),
      /more than 10000/,
    ],
  ] as const) {
    const parsed = parseLeakReport(report);
    t.match(parsed, reason);
    t.notMatch(parsed, /canary/);
  }
});
