import t from 'tap';
import { type DomainEvent, fanOut } from '../../src/controllers/domain-event.ts';
import { Sensitive } from '../../src/engine/secret/sensitive.ts';
import { GOOD } from '../helpers/engine/engine.ts';
import { aLoginWorld } from '../helpers/login/login-world.ts';

/** Every value in an object, at any depth. */
const valuesIn = (of: unknown): readonly unknown[] =>
  typeof of === 'object' && of !== null ? [of, ...Object.values(of).flatMap(valuesIn)] : [of];

t.test('the events of a password change hold only names', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  await world.rest();
  world.failAt(4);
  world.wish({ kind: 'rotate' });
  await world.rest();
  const kinds = new Set(world.events.map(({ kind }) => kind));
  for (const kind of ['password-set', 'secret-written', 'findings', 'credential-status'] as const)
    t.ok(kinds.has(kind), kind);
  t.notOk(world.events.flatMap(valuesIn).some((value) => value instanceof Sensitive || value instanceof Map));
  const printed = JSON.stringify(world.events);
  for (const { password } of world.server.values()) t.notOk(password && printed.includes(password));
  for (const value of [GOOD.password, GOOD.other, GOOD.key]) t.notOk(printed.includes(value));
});

t.test('each subscriber gets each event, in the order of the subscribers', async (t) => {
  const got: string[] = [];
  const emit = fanOut(
    ({ kind }) => got.push(`a ${kind}`),
    ({ kind }) => got.push(`b ${kind}`),
  );
  const secret = { namespace: 'shop', name: 'app' };
  for (const kind of ['secret-deleted', 'resumed'] as const) emit({ kind, secret } satisfies DomainEvent);
  t.same(got, ['a secret-deleted', 'b secret-deleted', 'a resumed', 'b resumed']);
});
