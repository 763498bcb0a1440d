import t from 'tap';
import { derivationPlan } from '../../../../src/engine/review/derivation/derivation-plan.ts';
import { Draft } from '../../../../src/engine/review/evaluation/draft.ts';
import { type Evaluation, evaluationOf } from '../../../../src/engine/review/evaluation/evaluation.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { aCreate, builtins, GOOD, STORY, STORY_URL } from '../../../helpers/engine/engine.ts';
import { fc } from '../../../helpers/property.ts';

const EVALUATION = evaluationOf(aCreate(STORY), builtins);

const write = fc.record({
  key: fc.constantFrom('POSTGRES_USER', 'POSTGRES_PASSWORD', 'NEW', 'OTHER', '__proto__'),
  value: fc.string({ maxLength: 3 }).map(Sensitive.fromText),
});

const entriesOf = (data: Evaluation['data']) =>
  JSON.stringify([...data].map(([key, value]) => [key, value.reveal()]));

t.test('a draft has all its writes, and the evaluation before it has none', async (t) => {
  const before = entriesOf(EVALUATION.data);
  fc.assert(
    fc.property(fc.array(write, { maxLength: 12 }), (writes) => {
      const draft = new Draft(EVALUATION);
      const expected = new Map(EVALUATION.data);
      for (const { key, value } of writes) {
        draft.write(key, value);
        expected.set(key, value);
        if (entriesOf(draft.evaluation.data) !== entriesOf(expected)) return false;
      }
      return entriesOf(EVALUATION.data) === before;
    }),
  );
  t.pass();
});

t.test('a plan made before a write is not used after it', async (t) => {
  const request = aCreate({ ...STORY, DATABASE_URL: STORY_URL });
  const draft = new Draft(evaluationOf(request, builtins));
  const url = draft.evaluation.managedKeys.get('DATABASE_URL');
  if (url === undefined) return t.fail('the policies name no DATABASE_URL');
  t.equal(derivationPlan(draft.evaluation, url).kind, 'leave');
  draft.write('POSTGRES_PASSWORD', Sensitive.fromText(GOOD.other));
  t.equal(derivationPlan(draft.evaluation, url).kind, 'write');
});

t.test('is the same evaluation if nothing was written', async (t) => {
  t.equal(new Draft(EVALUATION).evaluation, EVALUATION);
});

t.test('copies the data once, however many keys are written', async (t) => {
  let copies = 0;
  class CountedMap<Key, Value> extends Map<Key, Value> {
    override [Symbol.iterator]() {
      copies += 1;
      return super[Symbol.iterator]();
    }
  }
  const data = new CountedMap(EVALUATION.data);
  const draft = new Draft({ ...EVALUATION, data });
  for (let index = 0; index < 5000; index += 1) {
    draft.write(`K${index}`, Sensitive.fromText(GOOD.password));
    if (draft.evaluation.data.has(`K${index + 1}`)) t.fail('a key is there before it was written');
  }
  t.equal(draft.evaluation.data.size, EVALUATION.data.size + 5000);
  t.equal(copies, 1);
});
