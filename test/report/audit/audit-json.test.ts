import t from 'tap';
import type { AuditResult } from '../../../src/engine/diagnosis/audit/audit.ts';
import { auditJson } from '../../../src/report/audit/audit-json.ts';
import type { AuditReport } from '../../../src/report/audit/audit-report.ts';
import { aChange, aFinding, anAudited, anEnd } from '../../helpers/commands/audited.ts';

function written(audited: readonly AuditResult[], end: Partial<AuditReport> = {}): string {
  const reporter = auditJson();
  return [...audited.map(reporter.secret), reporter.finish(anEnd(audited, end))].join('');
}

const REFERENCES = {
  objects: [
    {
      kind: 'Deployment',
      namespace: 'shop',
      name: 'api',
      findings: [{ rule: 'missing-reference', key: 'TOKEN', message: 'lacks it', fix: 'add it' } as const],
    },
  ],
  made: [{ secret: 'shop/db-app', maker: 'Cluster db' }],
  unread: ['jobs'],
};

t.test('prints each field of the contract', async (t) => {
  const audited = [
    anAudited({ findings: [aFinding(), aFinding({ action: 'Warn', rule: 'weak', key: 'API_KEY' })] }),
    anAudited({ ref: 'shop/clean' }),
    anAudited({ ref: 'web/app', changes: [aChange()] }),
    anAudited({ ref: 'kube-system/app', isSkipped: true }),
  ];
  const policies = [
    { name: 'jwt-keys', source: 'built-in', actions: ['Enforce'] },
    { name: 'unmeant', source: 'file', actions: ['Enforce', 'Warn'] },
  ] as const;
  const rules = [
    { rule: 'placeholder', denied: 1, warned: 0, recorded: 0 },
    { rule: 'weak', denied: 0, warned: 1, recorded: 0 },
  ];
  const fix = 'set a generated value, e.g. openssl rand -base64 48';
  t.same(JSON.parse(written(audited, { policies, references: REFERENCES })), {
    objects: [
      {
        kind: 'Deployment',
        namespace: 'shop',
        name: 'api',
        findings: [
          { rule: 'missing-reference', key: 'TOKEN', action: 'Warn', message: 'lacks it', fix: 'add it' },
        ],
      },
    ],
    notes: [
      { message: 'the Secret shop/db-app does not exist yet: Cluster db makes it' },
      { message: 'references to Secrets were compared without jobs, which could not be read' },
    ],
    secrets: [
      {
        namespace: 'shop',
        name: 'app',
        verdict: 'deny',
        policies: ['jwt-keys'],
        findings: [
          {
            policy: 'jwt-keys',
            rule: 'placeholder',
            key: 'JWT_SECRET',
            action: 'Enforce',
            message: 'is a placeholder',
            fix,
          },
          {
            policy: 'jwt-keys',
            rule: 'weak',
            key: 'API_KEY',
            action: 'Warn',
            message: 'is a placeholder',
            fix,
          },
        ],
        changes: [],
      },
      {
        namespace: 'web',
        name: 'app',
        verdict: 'fix',
        policies: ['jwt-keys'],
        findings: [],
        changes: [{ key: 'DATABASE_URL', reason: 'mismatch' }],
      },
    ],
    namespaces: [
      { name: 'shop', secrets: 2, denied: 1, warned: 0, recorded: 0, mutated: 0, rules },
      { name: 'web', secrets: 1, denied: 0, warned: 0, recorded: 0, mutated: 1, rules: [] },
    ],
    policies: [
      {
        name: 'jwt-keys',
        source: 'built-in',
        actions: ['Enforce'],
        secrets: 3,
        denied: 1,
        warned: 0,
        recorded: 0,
        rules,
        namespaces: [{ name: 'shop', denied: 1, warned: 0, recorded: 0, rules }],
      },
      {
        name: 'unmeant',
        source: 'file',
        actions: ['Enforce', 'Warn'],
        secrets: 0,
        denied: 0,
        warned: 0,
        recorded: 0,
        rules: [],
        namespaces: [],
      },
    ],
    summary: {
      secrets: 3,
      denied: 1,
      warned: 0,
      recorded: 0,
      mutated: 1,
      objects: 1,
      namespaces: 2,
      skipped: 1,
      complete: true,
      mixed: false,
      controller: { written: 0, versioned: 0, restarting: 0 },
      overdue: 0,
    },
    errors: [],
  });
});

t.test('each Secret is a line of its own, written when it is validated', async (t) => {
  const { secret } = auditJson();
  const first = secret(anAudited({ findings: [aFinding()] }));
  t.same(JSON.parse(first.split('\n')[1] ?? '').name, 'app');
  t.equal(secret(anAudited()), '');
  t.match(secret(anAudited({ findings: [aFinding()] })), /^,\n\{.*\}$/);
});

t.test('prints valid JSON for an empty, an interrupted and a counted audit', async (t) => {
  t.same(JSON.parse(written([], { policies: [] })).secrets, []);
  const { errors, summary } = JSON.parse(
    written([anAudited()], { errors: ['the line\n"is" cut'], isMixed: true }),
  );
  t.same(errors, [{ message: 'the line\n"is" cut' }]);
  t.match(summary, { complete: false, mixed: true });
  const counts = JSON.parse(auditJson().finish(anEnd([anAudited({ findings: [aFinding()] })])));
  t.same([counts.secrets, counts.summary.denied], [[], 1]);
});

t.test('prints no value of a changed key', async (t) => {
  t.notMatch(written([anAudited({ findings: [aFinding()], changes: [aChange()] })]), 'canary');
});

t.test('names the owner of a Secret that a controller writes', async (t) => {
  const findings = [aFinding()];
  const { secrets } = JSON.parse(
    written([anAudited({ findings, controller: 'ExternalSecret/db' }), anAudited({ findings })]),
  );
  t.equal(secrets[0].owner, 'ExternalSecret/db');
  t.notOk('owner' in secrets[1]);
});
