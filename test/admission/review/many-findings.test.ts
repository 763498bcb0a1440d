import { Buffer } from 'node:buffer';
import t from 'tap';
import { allowed, denied, serialize } from '../../../src/admission/review/response.ts';
import { readReview } from '../../../src/admission/review/review.ts';
import { logEntry } from '../../../src/admission/telemetry/log-entry.ts';
import { mutateSecret, validateSecret } from '../../../src/engine/review/decide/decide.ts';
import type { Finding } from '../../../src/engine/secret/finding/finding.ts';
import { aDecision, aFinding } from '../../helpers/admission/decision.ts';
import { aReview, bytesOf } from '../../helpers/admission/review.ts';
import { webhook } from '../../helpers/admission/webhook.ts';
import { builtins, testContext } from '../../helpers/engine/engine.ts';

const review = readReview(bytesOf(aReview()));

const findings = (count: number, action: Finding['action'], name: string): readonly Finding[] =>
  Array.from({ length: count }, (_, index) => aFinding({ key: `${name}_${index}`, action }));

t.test('shows a hundred enforced findings in a denial, and counts the others', async (t) => {
  const all = [
    ...findings(300, 'Audit', 'A'),
    ...findings(300, 'Warn', 'W'),
    ...findings(250, 'Enforce', 'E'),
  ];
  const { response } = denied(review, aDecision({ findings: all }));
  const lines = response.status?.message.split('\n') ?? [];
  t.equal(lines.length, 101);
  t.match(lines[99], /^data\[E_99\]: /);
  t.equal(lines[100], 'and 150 more');
  const causes = response.status?.details.causes ?? [];
  t.equal(causes.length, 101);
  t.same(causes[100], { reason: 'FieldValueInvalid', field: 'data', message: 'and 150 more' });
  t.match(response.auditAnnotations?.findings, /^E_0=placeholder\/Enforce,E_1=/);
  const annotation = response.auditAnnotations?.findings ?? '';
  t.ok(annotation.length <= 256);
  t.equal(annotation.match(/E_\d+=/g)?.length ?? 0, 850 - Number(/… and (\d+) more$/.exec(annotation)?.[1]));
  t.match(response.warnings?.at(-1), /^lockstep: … and \d+ more$/);
});

t.test('shows a hundred findings in full', async (t) => {
  const { response } = denied(review, aDecision({ findings: findings(100, 'Enforce', 'E') }));
  t.equal(response.status?.details.causes.length, 100);
  t.notMatch(response.status?.message, 'more');
});

t.test('logs enforced findings first, and counts the others', async (t) => {
  const all = [...findings(300, 'Audit', 'A'), ...findings(60, 'Enforce', 'E')];
  const answer = denied(review, aDecision({ findings: all }));
  const { findings: reported } = logEntry({ webhook: 'validate', review, answer, milliseconds: 1 }, []);
  t.equal((reported as readonly string[]).length, 51);
  t.equal((reported as readonly string[])[0], 'E_0=placeholder/Enforce');
  t.equal((reported as readonly string[])[50], '… and 310 more');
  const few = allowed(review, aDecision({ findings: findings(2, 'Warn', 'W') }));
  const entry = logEntry({ webhook: 'validate', review, answer: few, milliseconds: 1 }, []);
  t.same(entry.findings, ['W_0=placeholder/Warn', 'W_1=placeholder/Warn']);
});

t.test('keeps the largest answer small, with the longest key names', async (t) => {
  const all = findings(5000, 'Enforce', 'K'.repeat(248));
  const answer = denied(review, aDecision({ findings: all, policies: ['p'] }));
  t.ok(serialize(review, answer).length < 128 * 1024);
});

t.test('answers a review of 200,000 empty keys with one sentence', async (t) => {
  const data = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`k${index}`, '']));
  const object = { metadata: { name: 'app', namespace: 'shop' }, data };
  const body = Buffer.from(JSON.stringify(aReview({ object })));
  const engine = {
    mutate: (request: Parameters<typeof mutateSecret>[0]) => mutateSecret(request, builtins, testContext),
    validate: (request: Parameters<typeof mutateSecret>[0]) => validateSecret(request, builtins, testContext),
  };
  t.equal(webhook('mutate', engine)(body).answer.verdict, 'allowed');
  const { answer } = webhook('validate', engine)(body);
  t.equal(answer.verdict, 'denied');
  t.equal(
    answer.response.status?.message,
    'data: is too large to validate, because it has more than 10,000 keys [lockstep/too-large]: split it into several Secrets (policy no-placeholders)',
  );
  t.equal(answer.response.status?.details.causes.length, 1);
});
