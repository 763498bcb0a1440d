import t from 'tap';

import type { BudgetedContext } from '../../../../src/engine/review/evaluation/budget.ts';
import { evaluationOf } from '../../../../src/engine/review/evaluation/evaluation.ts';
import { Baseline } from '../../../../src/engine/review/own-writes/new-denials.ts';
import { permissionsFor, storedEvaluation } from '../../../../src/engine/review/own-writes/permissions.ts';
import { aPolicy, aSecret, testContext } from '../../../helpers/engine/engine.ts';

const POLICY = aPolicy('p', {
  keys: {
    A: { format: 'port' },
    B: { format: 'port' },
    COPY: { format: 'uuid', derive: { template: '${A}-${B}' } },
  },
});
const STORED = permissionsFor(aSecret({ A: 'x', B: '1', COPY: 'y' }), undefined, [POLICY], testContext);

const after = (data: Readonly<Record<string, string>>) =>
  evaluationOf({ ...STORED.request, secret: aSecret(data) }, STORED.matched);

/** The units of work that a call spends. */
function unitsOf(work: (context: BudgetedContext) => unknown): number {
  let units = 0;
  work({
    ...testContext,
    budget: {
      spend: () => {
        units += 1;
      },
    },
  });
  return units;
}

const context: BudgetedContext = { ...testContext, budget: { spend: () => {} } };
const texts = (findings: readonly { readonly rule: string; readonly key: string }[]) =>
  findings.map(({ rule, key }) => `${rule} ${key}`);

t.test('reports a denial that the change adds', async (t) => {
  const baseline = new Baseline(STORED);
  const denials = baseline.newDenials(after({ A: 'x', B: 'z', COPY: 'y' }), context);
  t.same(texts(denials), ['format B', 'format COPY', 'mismatch COPY']);
});

t.test('an old warning about a derived key is no new fault when the key is written', async (t) => {
  const baseline = new Baseline(STORED);
  const written = after({ A: 'x', B: '1', COPY: 'x-1' });
  t.same(texts(baseline.newDenials(written, context)), ['format COPY']);
  t.same(baseline.newFaults(written, context), []);
});

t.test('validates the stored Secret once for several changes', async (t) => {
  const baseline = new Baseline(STORED);
  const change = after({ A: '1', B: '1', COPY: '1-1' });
  const first = unitsOf((counting) => baseline.newDenials(change, counting));
  const second = unitsOf((counting) => baseline.newDenials(change, counting));
  const third = unitsOf((counting) => baseline.newFaults(change, counting));
  t.ok(second > 0);
  t.equal(first, 2 * second);
  t.equal(third, second);
});

t.test('remembers nothing of a validation that exceeded its budget', async (t) => {
  const baseline = new Baseline(STORED);
  const change = after({ A: 'x', B: '1', COPY: 'x-1' });
  const spend = () => {
    throw new Error('exceeded');
  };
  t.throws(() => baseline.newFaults(change, { ...testContext, budget: { spend } }), /exceeded/);
  t.same(baseline.newFaults(change, context), []);
});

t.test('evaluates the stored Secret once, and again for other data', async (t) => {
  t.equal(storedEvaluation(STORED), storedEvaluation({ request: STORED.request, matched: STORED.matched }));
  const secret = aSecret({ A: '2' });
  const other = storedEvaluation({ ...STORED, request: { ...STORED.request, secret } });
  t.equal(other.data, secret.data);
  t.same(storedEvaluation({ ...STORED, matched: [] }).policies, []);
});
