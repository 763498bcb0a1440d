import t from 'tap';
import { allowed, denied, passed, patched } from '../../../src/admission/review/response.ts';
import { readReview } from '../../../src/admission/review/review.ts';
import { aChange, aDecision, aFinding } from '../../helpers/admission/decision.ts';
import { aReview, bytesOf } from '../../helpers/admission/review.ts';

const review = readReview(bytesOf(aReview()));

t.test('denies with 422 Invalid and a cause for each finding', async (t) => {
  const findings = [
    aFinding({ key: 'JWT_SECRET', fix: 'set a generated value, e.g. openssl rand -base64 48' }),
    aFinding({ key: 'CSRF_SECRET', rule: 'required', message: 'is missing', fix: 'add it' }),
    aFinding({ key: '', message: 'holds one value twice', rule: 'distinct', fix: 'generate both' }),
  ];
  const { response, verdict } = denied(review, aDecision({ findings }));
  t.equal(verdict, 'denied');
  t.same(response.status, {
    code: 422,
    reason: 'Invalid',
    message: [
      'data[JWT_SECRET]: is a placeholder [lockstep/placeholder]: set a generated value, e.g. openssl rand -base64 48 (policy app)',
      'data[CSRF_SECRET]: is missing [lockstep/required]: add it (policy app)',
      'data: holds one value twice [lockstep/distinct]: generate both (policy app)',
    ].join('\n'),
    details: {
      name: 'app',
      kind: 'Secret',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'data[JWT_SECRET]',
          message:
            'is a placeholder [lockstep/placeholder]: set a generated value, e.g. openssl rand -base64 48 (policy app)',
        },
        {
          reason: 'FieldValueRequired',
          field: 'data[CSRF_SECRET]',
          message: 'is missing [lockstep/required]: add it (policy app)',
        },
        {
          reason: 'FieldValueInvalid',
          field: 'data',
          message: 'holds one value twice [lockstep/distinct]: generate both (policy app)',
        },
      ],
    },
  });
});

t.test('prints warnings with a denial, and records audited findings', async (t) => {
  const findings = [
    aFinding({ key: 'A' }),
    aFinding({ key: 'B', action: 'Warn' }),
    aFinding({ key: 'C', action: 'Audit' }),
  ];
  const { response } = denied(review, aDecision({ findings, policies: ['one', 'two'] }));
  t.equal(response.status?.details.causes.length, 1);
  t.same(response.warnings, [
    'data[B]: is a placeholder [lockstep/placeholder]: set a generated value (policy app)',
  ]);
  t.same(response.auditAnnotations, {
    verdict: 'denied',
    findings: 'A=placeholder/Enforce,B=placeholder/Warn,C=placeholder/Audit',
    policies: 'one,two',
  });
});

t.test('names a Secret without a name by its generateName prefix', async (t) => {
  const object = { metadata: { generateName: 'app-' }, data: {} };
  const nameless = readReview(bytesOf(aReview({ name: undefined, object })));
  t.equal(denied(nameless, aDecision({ findings: [aFinding()] })).response.status?.details.name, 'app-*');
});

t.test('allows a Secret whose findings only warn', async (t) => {
  const { response, verdict } = allowed(review, aDecision({ findings: [aFinding({ action: 'Warn' })] }));
  t.equal(verdict, 'warned');
  t.equal(response.allowed, true);
  t.equal(response.warnings?.length, 1);
});

t.test('reports audited findings only in the audit log', async (t) => {
  const { response, verdict } = allowed(review, aDecision({ findings: [aFinding({ action: 'Audit' })] }));
  t.equal(verdict, 'allowed');
  t.equal(response.warnings, undefined);
  t.equal(response.auditAnnotations?.findings, 'TOKEN=placeholder/Audit');
});

t.test('warns of a change that has a warning', async (t) => {
  const changes = [aChange('A', 'x'), aChange('B', 'y', { reason: 'mismatch', warning: 'was put in step' })];
  const { response } = patched(review, aDecision({ changes }));
  t.same(response.warnings, ['data[B]: was put in step']);
  t.same(response.auditAnnotations, {
    verdict: 'patched',
    changed: 'A=derived,B=mismatch',
    policies: 'app',
  });
});

t.test('writes each decision into the audit annotations, also a skipped one', async (t) => {
  t.same(allowed(review, aDecision()).response.auditAnnotations, { verdict: 'allowed', policies: 'app' });
  const unmatched = aDecision({ skipped: 'unmatched', policies: [] });
  t.same(passed(review, unmatched).response.auditAnnotations, { verdict: 'passed', skipped: 'unmatched' });
  t.equal(passed(review).response.auditAnnotations, undefined, 'but nothing was decided here');
});

t.test('removes newlines of a key name from messages', async (t) => {
  const findings = [aFinding({ key: 'A\nB' })];
  const { response } = denied(review, aDecision({ findings }));
  t.equal(response.status?.message.split('\n').length, 1);
});
