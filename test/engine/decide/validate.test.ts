import t from 'tap';
import { findingsOf, isRefused } from '../../../src/engine/decide/validate.ts';
import { withinBudget } from '../../../src/engine/evaluation/budget.ts';
import { evaluationOf } from '../../../src/engine/evaluation/evaluation.ts';
import { denies } from '../../../src/engine/finding/finding.ts';
import { matchingPolicies } from '../../../src/engine/policy/match.ts';
import { anyRequest, policies } from '../../helpers/engine/arbitrary.ts';
import { anUpdate, builtins, GOOD, STORY, STORY_URL, testContext } from '../../helpers/engine/engine.ts';
import { fc } from '../../helpers/property.ts';

type Request = Parameters<typeof matchingPolicies>[0];
type Policies = Parameters<typeof matchingPolicies>[1];

/** By the list of all findings, and by the question alone. */
function verdicts(request: Request, by: Policies) {
  const evaluation = evaluationOf(request, matchingPolicies(request, by));
  return withinBudget(
    request.secret,
    testContext,
    (context) => [findingsOf(evaluation, context).some(denies), isRefused(evaluation, context)] as const,
    () => [false, false] as const,
  );
}

t.test('a write is refused if one of its findings denies it, and only then', async (t) => {
  const counts = { refused: 0, admitted: 0 };
  fc.assert(
    fc.property(anyRequest, policies, (request, by) => {
      const [byFindings, byQuestion] = verdicts(request, by);
      counts[byFindings ? 'refused' : 'admitted'] += 1;
      return byFindings === byQuestion;
    }),
    { seed: 20261128, numRuns: 800 },
  );
  t.ok(counts.refused > 20 && counts.admitted > 20, JSON.stringify(counts));
});

t.test('an update that touches no faulty key is not refused', async (t) => {
  const faulty = { ...STORY, DATABASE_URL: STORY_URL, JWT_SECRET: 'changeme' };
  t.same(verdicts(anUpdate({ ...faulty, CSRF_SECRET: GOOD.other }, faulty), builtins), [false, false]);
  t.same(verdicts(anUpdate({ ...faulty, JWT_SECRET: GOOD.other }, faulty), builtins), [true, true]);
});
