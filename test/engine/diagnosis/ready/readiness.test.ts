import t from 'tap';
import { printableRole } from '../../../../src/engine/diagnosis/ready/printable-role.ts';
import { type Effect, type Obstacle, readinessOf } from '../../../../src/engine/diagnosis/ready/readiness.ts';
import { isUserlist, rolesInUserlist } from '../../../../src/engine/diagnosis/ready/userlist.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { GOOD } from '../../../helpers/engine/engine.ts';
import { fc } from '../../../helpers/property.ts';

const EFFECTS: readonly Effect[] = ['does-not-begin', 'rolls-back', 'is-undone', 'logins-fail'];
const anObstacle = fc.record<Obstacle>({
  code: fc.constantFrom('refused', 'consumer', 'copy'),
  effect: fc.constantFrom(...EFFECTS),
  reason: fc.string({ maxLength: 3 }),
});

t.test('one obstacle makes a no, and one unknown part keeps from a yes', async () => {
  fc.assert(
    fc.property(fc.array(anObstacle), fc.array(fc.string({ maxLength: 2 })), (obstacles, unknown) => {
      const { ready, obstacles: sorted } = readinessOf(obstacles, unknown);
      const order = sorted.map(({ effect }) => EFFECTS.indexOf(effect));
      return (
        (ready === 'no') === obstacles.length > 0 &&
        (ready === 'yes') === (obstacles.length === 0 && unknown.length === 0) &&
        order.every((effect, index) => index === 0 || effect >= (order[index - 1] ?? 0)) &&
        new Set(sorted.map(({ reason }) => reason)).size === sorted.length &&
        obstacles.every(({ reason }) => sorted.some((one) => one.reason === reason))
      );
    }),
  );
});

t.test('the roles in the list of a pooler are read', async (t) => {
  const text = [
    '; a comment',
    '"app" "SCRAM-SHA-256$4096:x$y:z"',
    '"with ""quotes""" "md5abc"',
    '"empty" ""',
    'pgpool:md5abc',
    '# no:comment',
    'no line',
  ].join('\n');
  t.same([...rolesInUserlist(text)], ['app', 'with "quotes"', 'pgpool']);
  t.ok(isUserlist('userlist.txt') && isUserlist('pool_passwd'));
  t.notOk(isUserlist('pgbouncer.ini'));
  t.same([...rolesInUserlist('"a" "b"\n'.repeat(200_000))], [], 'a file that is too large');
});

t.test('a list of a pooler takes linear time', async () => {
  fc.assert(fc.property(fc.string({ maxLength: 2000 }), (text) => rolesInUserlist(text).size >= 0));
  rolesInUserlist(`"${'""'.repeat(400_000)}`);
});

t.test('a role is printed only if it can be no password', async (t) => {
  const data = new Map([
    ['POSTGRES_PASSWORD', Sensitive.fromText('app_owner')],
    ['JWT_SECRET', Sensitive.fromText('other')],
  ]);
  const printed = (role: string) => printableRole(role, { data }, { password: 'POSTGRES_PASSWORD' });
  t.same(['app', 'shop_reader', 'svc-billing2', 'Ledger', 'PaymentsOwner'].map(printed), [
    'app',
    'shop_reader',
    'svc-billing2',
    'Ledger',
    'PaymentsOwner',
  ]);
  for (const hidden of [
    'app_owner',
    'other',
    ...Object.values(GOOD),
    'a'.repeat(41),
    'a b',
    'hunter2Winter',
    'KTbUjQpWmZrnHvXeGdSyLaCf',
    'q7fk2wzp9xhc3mtd',
    'wqzkxjvhtpbnrmdf',
    'vSHLuxwoHRiLXacvWFZGuvao',
    '',
  ])
    t.equal(printed(hidden), undefined);
});
