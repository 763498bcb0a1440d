import t from 'tap';
import { matchingPolicies } from '../../../../src/engine/policy/match/match.ts';
import { evaluationOf } from '../../../../src/engine/review/evaluation/evaluation.ts';
import { keyPlanOf } from '../../../../src/engine/review/evaluation/key-plan.ts';
import { aCreate, anUpdate, aPolicy, builtins, STORY } from '../../../helpers/engine/engine.ts';
import { fc } from '../../../helpers/property.ts';

function planOf(data: Readonly<Record<string, string>>, policies = builtins) {
  const request = aCreate(data);
  return keyPlanOf(request, matchingPolicies(request, policies));
}

const switched = aPolicy('switched', {
  match: {},
  keys: { MODE: {}, SECRET_KEY: { when: { key: 'MODE', is: 'on' }, sensitive: true } },
});
const url = (system: string) => ({
  match: {},
  keys: {
    USER: {},
    PASSWORD: {},
    HOST: {},
    DATABASE_URL: { derive: { template: `${system}://\${USER}:\${PASSWORD}@\${HOST}/app` } },
  },
});

t.test('Secrets with the same keys share a plan, whatever their values are', async (t) => {
  const plan = planOf({ JWT_SECRET: 'one', OTHER: 'x' });
  t.equal(planOf({ JWT_SECRET: 'two', OTHER: '' }), plan);
  t.not(planOf({ JWT_SECRET: 'one' }), plan, 'other keys');
  t.not(planOf({ OTHER: 'x', JWT_SECRET: 'one' }), plan, 'another order');
  t.not(planOf({ JWT_SECRET: 'one', OTHER: 'x' }, [switched]), plan, 'other policies');
  t.equal(
    planOf({ JWT_SECRET: 'one', OTHER: 'x' }, [...builtins]),
    plan,
    'the same policies in another list',
  );
});

t.test('the keys before an update are part of the names', async (t) => {
  const policy = aPolicy('aliased', {
    match: {},
    keys: { PASSWORD: { required: true, aliases: ['PASS', 'PWD'] } },
  });
  const keyAfter = (before: Readonly<Record<string, string>>) =>
    [...keyPlanOf(anUpdate(before, { A: 'x' }), [policy]).managedKeys.keys()][0];
  t.equal(keyAfter({ PASS: 'x' }), 'PASS');
  t.equal(keyAfter({ PWD: 'x' }), 'PWD');
  t.equal(keyAfter({}), 'PASSWORD');
  t.equal(keyAfter({ A: 'x' }), 'PASSWORD');
});

t.test('the answer of a condition selects the plan, not the value', async (t) => {
  const on = planOf({ MODE: 'on', SECRET_KEY: 'x' }, [switched]);
  const off = planOf({ MODE: 'off', SECRET_KEY: 'x' }, [switched]);
  t.ok(on.managedKeys.get('SECRET_KEY')?.entry.sensitive);
  t.equal(off.managedKeys.get('SECRET_KEY'), undefined);
  t.equal(planOf({ MODE: 'standby', SECRET_KEY: 'x' }, [switched]), off);
  t.equal(planOf({ MODE: 'on', SECRET_KEY: 'y' }, [switched]), on);
});

t.test('where systems or aliases compete, the values of each Secret decide again', async (t) => {
  const policies = [aPolicy('a', url('postgresql')), aPolicy('b', url('mysql'))];
  const policyOf = (value: string) =>
    planOf({ DATABASE_URL: value }, policies).managedKeys.get('DATABASE_URL')?.policy.name;
  t.equal(policyOf('postgresql://db/app'), 'a');
  t.equal(policyOf('mysql://db/app'), 'b');
  t.equal(policyOf('postgresql://db/app'), 'a');

  const followed = (password: string) =>
    planOf({ ...STORY, DB_PASSWORD: 'other', DATABASE_URL: `postgresql://u:${password}@h/d` }).byName.get(
      'POSTGRES_PASSWORD',
    )?.key;
  t.equal(followed(STORY.POSTGRES_PASSWORD), 'POSTGRES_PASSWORD');
  t.equal(followed('other'), 'DB_PASSWORD');
});

t.test('no name of a key passes for two names', async () => {
  const name = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '=', '1'), maxLength: 4 });
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.uniqueArray(name), (keys, before) => {
      const values = (names: readonly string[]) => Object.fromEntries(names.map((one) => [one, 'x']));
      const request = anUpdate(values(before), values(keys));
      const { keysOfSecret, allKeys } = keyPlanOf(request, builtins);
      const others = allKeys.filter(
        ({ entry }) => entry === builtins.find((one) => one.defaultEntry)?.defaultEntry,
      );
      return (
        keysOfSecret.join('\0') === [...request.secret.data.keys()].join('\0') &&
        others.length === request.secret.data.size
      );
    }),
    { numRuns: 2000 },
  );
});

t.test('the cache has a limit: many sets of keys drop old plans', async (t) => {
  const plan = planOf({ FIRST: 'x' });
  const long = 'k'.repeat(200);
  for (let at = 0; at < 4000; at++) planOf({ [`${long}${at}`]: 'x' });
  t.not(planOf({ FIRST: 'x' }), plan);
  const large = Object.fromEntries(Array.from({ length: 2001 }, (_, at) => [`K${at}`, 'x']));
  t.not(planOf(large), planOf(large), 'the plan of a large Secret is not kept');
});

const story = builtins.filter(({ name }) => name === 'reconciliation');

t.test('an evaluation reads a URL once, and only if a rule asks for its system', async (t) => {
  const { bindings } = evaluationOf(aCreate({ ...STORY, DATABASE_URL: 'mysql://h/d' }), story);
  t.ok(bindings.has('POSTGRES_USER'));
  t.ok(bindings.isPart('POSTGRES_USER', 'user'));
  t.notOk(bindings.isPart('POSTGRES_USER', 'password'));
  t.ok(bindings.some('POSTGRES_USER', 'user', ({ system, wanted }) => system === 'mysql' && wanted));
});

t.test('the names that a tenant chooses fill no memory', async (t) => {
  const planBefore = (name: string) => keyPlanOf(anUpdate({ [name.padEnd(250, 'x')]: 'x' }, {}), [switched]);
  const first = planBefore('first');
  t.equal(planBefore('first'), first);
  for (let at = 0; at < 5000; at++) planBefore(`key-${at}`);
  t.not(planBefore('first'), first, 'the plan was dropped');
});
