import t from 'tap';
import { aChange, aFinding, anAudited } from '../../helpers/commands/audited.ts';
import { writtenReport } from '../../helpers/report/audited-cluster.ts';
import { hostileAudit } from '../../helpers/report/hostile-audit.ts';

/** A reader of RFC 4180 in full: a quoted field may hold commas, quotes and line ends. */
function parsed(csv: string): readonly (readonly string[])[] {
  t.ok(csv.endsWith('\r\n'));
  return csv
    .split('\r\n')
    .slice(0, -1)
    .map((line) =>
      [...line.matchAll(/(?:^|,)"((?:[^"]|"")*)"/g)].map(([, cell = '']) => cell.replaceAll('""', '"')),
    );
}

t.test('prints a heading and one row for each finding, change and other object', async (t) => {
  const audited = [
    anAudited({
      findings: [aFinding(), aFinding({ action: 'Audit', rule: 'weak' })],
      controller: 'ExternalSecret/db',
    }),
    anAudited({ ref: 'shop/clean' }),
    anAudited({ ref: 'web/app', changes: [aChange()] }),
  ];
  const objects = [
    {
      kind: 'Deployment',
      namespace: 'shop',
      name: 'api',
      findings: [{ rule: 'missing-reference', key: 'TOKEN', message: 'lacks it, "here"', fix: 'add it' }],
    },
  ] as const;
  const csv = await writtenReport('csv', audited, {
    references: { objects, made: [], unread: ['jobs'] },
    errors: ['the list was cut'],
  });
  const fix = 'set a generated value, e.g. openssl rand -base64 48';
  const heal = 'see lockstep heal NAMESPACE/NAME --dry-run';
  const message = 'JWT_SECRET is a placeholder';
  const owner = 'ExternalSecret/db';
  t.same(parsed(csv), [
    ['kind', 'namespace', 'name', 'verdict', 'owner', 'outcome', 'rule', 'key', 'policy', 'message', 'fix'],
    ['Secret', 'shop', 'app', 'deny', owner, 'denied', 'placeholder', 'JWT_SECRET', 'jwt-keys', message, fix],
    ['Secret', 'shop', 'app', 'deny', owner, 'recorded', 'weak', 'JWT_SECRET', 'jwt-keys', message, fix],
    [
      ...['Secret', 'web', 'app', 'fix', '', 'mutated', 'mismatch', 'DATABASE_URL', ''],
      ...['lockstep would correct DATABASE_URL: password now follows POSTGRES_PASSWORD', heal],
    ],
    [
      ...['Deployment', 'shop', 'api', '', '', 'warned', 'missing-reference', 'TOKEN', ''],
      ...['lacks it, "here"', 'add it'],
    ],
    [
      ...['', '', '', '', '', 'note', '', '', ''],
      ...['references to Secrets were compared without jobs, which could not be read', ''],
    ],
    ['', '', '', '', '', 'error', '', '', '', 'the list was cut', ''],
  ]);
});

t.test('prints only the counts with --summary', async (t) => {
  const audited = [anAudited({ findings: [aFinding()] }), anAudited({ ref: 'shop/clean' })];
  t.same(parsed(await writtenReport('csv', audited, { isSummary: true })), [
    ['namespace', 'rule', 'denied', 'warned', 'recorded', 'mutated', 'secrets'],
    ['shop', '', '1', '0', '0', '0', '2'],
    ['shop', 'placeholder', '1', '0', '0', '', ''],
  ]);
});

t.test('prints the heading alone if there is nothing to report', async (t) => {
  t.equal(parsed(await writtenReport('csv', [])).length, 1);
});

t.test('shows foreign texts as text: no formula, no new row, no control character', async (t) => {
  const { audited, report, header } = hostileAudit();
  const csv = await writtenReport('csv', audited, report, header);
  const rows = parsed(csv);
  t.ok(rows.length > audited.length);
  for (const row of rows) {
    t.equal(row.length, 11, row.join());
    for (const cell of row) t.notMatch(cell, /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/);
  }
  t.match(csv, `"'=HYPERLINK(""https://evil.example"",""click"")"`);
  t.notMatch(
    csv.replaceAll('\r\n', ''),
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/,
  );
  t.equal(csv.toWellFormed(), csv);
});
