import t from 'tap';
import { floorOf } from '../../src/engine/review/floor/floor.ts';
import { aCluster } from '../helpers/cluster/cluster.ts';
import { aPolicy, builtins } from '../helpers/engine/engine.ts';
import { seededRandom } from '../helpers/engine/seeded-random.ts';
import { applyFloor, evaluationErrors, findingsOfFloor, OPTIONS } from '../helpers/floor/floor-cluster.ts';

t.setTimeout(10 * 60 * 1000);

const times = <Item>(count: number, make: (at: number) => Item): Item[] =>
  Array.from({ length: count }, (_, at) => make(at));
const keys = (count: number, entry: (at: number) => object) =>
  Object.fromEntries(times(count, (at) => [`KEY_${at}`, entry(at)]));

const large = aPolicy('large', {
  match: { names: ['large'] },
  precedence: 10,
  keys: keys(500, (at) => ({
    sensitive: true,
    required: true,
    minLength: 20,
    maxLength: 5000,
    aliases: [`key-${at}`, `key.${at}`],
  })),
});

const globs = aPolicy('globs', {
  match: {
    names: times(200, (at) => `g${at}-*-x?*`),
    namespaces: times(200, (at) => `d*${at === 0 ? '' : at}*`),
  },
  precedence: 10,
  keys: { G_SECRET: { minLength: 20, required: true } },
});

const fifty = times(50, (at) =>
  aPolicy(`policy-${at}`, {
    match: { names: [`of-${at}`, 'of-all'] },
    precedence: 10,
    keys: Object.fromEntries(
      times(12, (key) => [`P${at}_${key}`, { sensitive: true, minLength: 12, aliases: [`p${at}.${key}`] }]),
    ),
  }),
);

const policies = [...builtins, large, globs, ...fifty];
const cluster = await aCluster(t);
const objects = await applyFloor(cluster, policies, { failurePolicy: 'Fail' });
/** The keys of the fifty policies in each admission policy. */
const keysByObject = objects.map(({ spec }) => new Set(JSON.stringify(spec).match(/\bP\d+_\d+\b/g)));
const random = seededRandom(3);

const refusals = async (name: string, data: Readonly<Record<string, string>>) => {
  const after = {
    name,
    labels: {},
    annotations: {},
    type: 'Opaque',
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  };
  return (await findingsOfFloor(cluster, { namespace: 'default', before: undefined, after })).map(
    ({ key, rule }) => `${key} ${rule}`,
  );
};

t.test('a large floor is split, and says so', (t) => {
  const { notes } = floorOf(policies, OPTIONS);
  t.match(notes, [/^lockstep-floor is split into \d+ admission policies, because the API server limits/]);
  t.end();
});

t.test('each of 500 keys, 200 globs and 50 policies is checked', async (t) => {
  const good = Object.fromEntries(
    times(500, (at) => [`KEY_${at}`, random.text('abcdefghijkmnpqrstuvwxyz23456789', 24)]),
  );
  t.same(await refusals('large', good), []);
  for (const at of [0, 99, 100, 250, 499]) {
    t.same(await refusals('large', { ...good, [`KEY_${at}`]: 'CHANGE_ME' }), [`KEY_${at} placeholder`]);
    t.same(await refusals('large', { ...good, [`KEY_${at}`]: 'q7Xw' }), [`KEY_${at} min-length`]);
    const { [`KEY_${at}`]: _, ...others } = good;
    t.same(await refusals('large', others), [`KEY_${at} required`]);
  }
  t.same(await refusals('g199-a-xyz', {}), ['G_SECRET required']);
  t.same(await refusals('g200-a-xyz', {}), []);
  for (const at of [0, 49]) {
    t.same(await refusals(`of-${at}`, { [`P${at}_3`]: 'q7Xw' }), [`P${at}_3 min-length`]);
    t.same(await refusals('of-all', { [`p${at}.11`]: 'CHANGE_ME' }), [`p${at}.11 placeholder`]);
  }
});

t.test('no Secret exceeds the limits of the API server', async (t) => {
  for (const size of [64, 95, 384, 767, 1500, 2000])
    for (const sign of ['a', 'é', '"'])
      await refusals(
        'large',
        Object.fromEntries(times(500, (at) => [`KEY_${at}`, sign.repeat(size / Buffer.byteLength(sign))])),
      );
  const every = Object.fromEntries(
    fifty.flatMap((_, at) => times(12, (key) => [`P${at}_${key}`, 'CHANGE_ME'])),
  );
  const named = (await refusals('of-all', every)).map((finding) => finding.split(' ', 1)[0] ?? '');
  // The API server prints the message of one admission policy, with all of its findings or as many as fit.
  t.ok(
    keysByObject.some(
      (keys) => named.every((key) => keys.has(key)) && (named.length === keys.size || named.length > 10),
    ),
    named.join(' '),
  );
  t.ok(named.length > 0);
  await refusals('of-all', Object.fromEntries(Object.keys(every).map((key) => [key, 'é'.repeat(500)])));
  t.same(await evaluationErrors(cluster), []);
});
