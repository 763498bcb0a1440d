import t from 'tap';
import type { EngineContext } from '../../../../src/engine/review/evaluation/decision.ts';
import { permissionsFor } from '../../../../src/engine/review/own-writes/permissions.ts';
import {
  dryRunRotation,
  type RequestedRotation,
  requestRotation,
  withRequestedKeys,
} from '../../../../src/engine/versions/reconcile/requested-rotation.ts';
import { aPolicy, GOOD, testContext } from '../../../helpers/engine/engine.ts';
import {
  ANNOTATED,
  afterStep,
  at,
  aWorld,
  generatedKey,
  HOUR,
  mandateOf,
  type World,
} from '../../../helpers/engine/rotation-world.ts';

const SCHEDULE = { schedule: '0 4 1 * *' };
const SPEC = {
  keys: {
    JWT: generatedKey({ ...SCHEDULE, previousKey: 'JWT_OLD' }, { aliases: ['jwt'] }),
    CSRF: generatedKey(SCHEDULE),
    MASTER: generatedKey(),
    SIGNED: { derive: { template: '${JWT},${JWT_OLD:-}' } },
    PASSWORD: generatedKey(),
    URL: { derive: { template: 'postgresql://u:${PASSWORD}@h/d' } },
    PLAIN: {},
  },
};
const HELD = { JWT: GOOD.key, CSRF: GOOD.refresh, MASTER: GOOD.other, PASSWORD: GOOD.password, SIGNED: 'x' };

const ask = (world: World, ...names: readonly string[]): RequestedRotation =>
  requestRotation(mandateOf(world), names, { ...testContext, now: () => at(0) });
const keysOf = (asked: RequestedRotation) =>
  asked.kind === 'granted' ? asked.keys.map(({ key }) => key) : asked;
const reasonOf = (asked: RequestedRotation) => (asked.kind === 'refused' ? asked.reason : asked);

t.test('without a name, requests each key that a policy rotates', async (t) => {
  t.same(keysOf(ask(aWorld(SPEC, HELD))), ['JWT', 'CSRF']);
  const { CSRF: _, ...less } = HELD;
  t.same(keysOf(ask(aWorld(SPEC, less))), ['JWT'], 'of those that it has');
  t.match(reasonOf(ask(aWorld(SPEC, { PLAIN: 'x' }))), /^JWT has no value; CSRF has no value$/);
  const unscheduled = { keys: { MASTER: generatedKey() } };
  t.match(reasonOf(ask(aWorld(unscheduled, HELD))), /no policy says rotate of any of its keys/);
});

t.test('accepts the key name of the policy or of the Secret', async (t) => {
  const { JWT, ...rest } = HELD;
  for (const name of ['JWT', 'jwt'])
    t.same(keysOf(ask(aWorld(SPEC, { ...rest, jwt: JWT }), name, 'JWT')), ['jwt']);
  t.same(keysOf(ask(aWorld(SPEC, HELD), 'MASTER')), ['MASTER'], 'what is on no schedule too');
  t.match(reasonOf(ask(aWorld(SPEC, HELD), 'JWT', '__proto__')), /names the key __proto__$/);
  t.match(reasonOf(ask(aWorld(SPEC, HELD), 'PASSWORD')), /^PASSWORD is part of a connection URL/);
});

t.test(
  'says first that a password needs its server, and only then that an annotation is missing',
  async (t) => {
    const login = { keys: { PASSWORD: generatedKey(), URL: SPEC.keys.URL } };
    for (const rest of [{}, ANNOTATED])
      for (const names of [[], ['PASSWORD']])
        t.match(
          reasonOf(ask(aWorld(login, HELD, rest), ...names)),
          /^PASSWORD is part of a connection URL, whose server must change with it: see PostgresCredential and RedisCredential$/,
        );
  },
);

t.test('reports why nothing can be rotated, with a fix', async (t) => {
  const of = (rest: typeof ANNOTATED) => reasonOf(ask(aWorld(SPEC, HELD, rest)));
  t.match(of({}), /kubectl -n recon annotate secret reconciliation-secrets lockstep\.dev\/generate=true$/);
  t.match(of({ ...ANNOTATED, immutable: true }), /^it is immutable/);
  t.match(of({ ...ANNOTATED, deleting: true }), /^it is being deleted/);
  t.match(of({ ...ANNOTATED, controller: 'ExternalSecret/a' }), /^it belongs to ExternalSecret\/a/);
  t.match(
    of({ ...ANNOTATED, labels: new Map([['cnpg.io/cluster', 'a']]) }),
    /^it belongs to another controller/,
  );
  t.match(of({ ...ANNOTATED, namespace: 'kube-system' }), /^it is in a system namespace$/);
  t.match(reasonOf(ask(aWorld([], HELD))), /^no policy matches it/);
  t.match(reasonOf(ask(aWorld({ keys: { PLAIN: {} } }, HELD))), /^no policy says generate of any/);
});

t.test('reports that an installation excludes the namespace or only reports', async (t) => {
  const { secret } = aWorld(SPEC, HELD);
  const reasonIn = (settings: Partial<EngineContext>) => {
    const context = { ...testContext, ...settings };
    const permissions = permissionsFor(secret, undefined, [aPolicy('p', SPEC)], context);
    return reasonOf(requestRotation(permissions, [], context));
  };
  t.equal(reasonIn({ excludedNamespaces: new Set(['recon']) }), 'it is in an excluded namespace');
  t.match(reasonIn({ maxAction: 'Warn' }), /^lockstep runs with --max-action Warn: it reports, and changes/);
});

const rehearsed = (world: World, ...names: readonly string[]) => {
  const asked = ask(world, ...names);
  if (asked.kind === 'refused') throw new Error(asked.reason);
  const steps = dryRunRotation(mandateOf(world), world.record, asked.keys, {
    ...testContext,
    now: () => at(HOUR),
  });
  return steps.map(({ step, keys }) => `${step} ${keys.join(' ')}`);
};

t.test('a dry run lists each step with its derived keys', async (t) => {
  const world = aWorld(SPEC, HELD);
  t.same(rehearsed(world, 'CSRF'), ['switched CSRF']);
  t.same(rehearsed(world, 'JWT'), [
    'introduced JWT_OLD SIGNED',
    'switched JWT JWT_OLD SIGNED',
    'retired JWT_OLD',
  ]);
  t.equal(world.record.requestedKeys.length, 0, 'and changes nothing');
  const begun = afterStep({ ...world, record: withRequestedKeys(world.record, ['JWT']) }, 1);
  t.same(rehearsed(begun, 'JWT'), ['switched JWT JWT_OLD SIGNED', 'retired JWT_OLD']);
});

t.test('a dry run lists generated and healed keys first', async (t) => {
  const { URL: _url, ...keys } = SPEC.keys;
  t.same(rehearsed(aWorld({ heal: 'Always', keys }, HELD), 'CSRF'), ['healed SIGNED', 'switched CSRF']);
  const { MASTER: _held, ...held } = HELD;
  t.match(rehearsed(aWorld({ heal: 'Always', keys }, held), 'CSRF'), ['generated MASTER', 'healed SIGNED']);
});

t.test('records a request once, next to earlier ones', async (t) => {
  const { record } = aWorld(SPEC, HELD);
  t.same(withRequestedKeys(withRequestedKeys(record, ['A', 'B']), ['B', 'C']).requestedKeys, ['A', 'B', 'C']);
});
