import t from 'tap';
import {
  OPERATOR_ROLES,
  otherManagerOnServer,
  type ServerTraces,
} from '../../../../src/engine/login/postgres/operators-on-server.ts';

const NONE: ServerTraces = { operatorRoles: [], hasLeases: false, ownsDatabase: false, expires: false };
const kind = (role: string, traces: Partial<ServerTraces>) =>
  otherManagerOnServer(role, { ...NONE, ...traces })?.kind;

t.test('finds no other manager for a role without traces', async (t) => {
  t.equal(kind('app', {}), undefined);
  t.equal(kind('postgres', {}), undefined);
  t.equal(kind('app', { ownsDatabase: true, expires: true }), undefined);
});

t.test('recognises a leased role by its name and its expiry', async (t) => {
  const leased = 'v-kubernet-shop-pUZ2mZxc9V8hJmF3kW1q-1764000000';
  t.equal(kind(leased, { expires: true }), 'conflict');
  t.equal(kind(leased, {}), undefined);
  t.equal(kind('v-neck', { expires: true }), undefined);
  t.equal(kind('app', { hasLeases: true }), 'warning');
});

t.test('an operator manages its own roles, and owners of a database if it sets their password', async (t) => {
  for (const [telltale, ofOwner] of [
    ['streaming_replica', 'conflict'],
    ['robot_zmon', 'conflict'],
    ['_crunchyrepl', 'warning'],
  ] as const) {
    const telltales = [telltale];
    t.equal(kind(telltale, { operatorRoles: telltales }), 'conflict');
    t.equal(kind('postgres', { operatorRoles: telltales }), 'conflict');
    t.equal(kind('app', { operatorRoles: telltales, ownsDatabase: true }), ofOwner, telltale);
    t.equal(kind('app', { operatorRoles: telltales }), 'warning');
  }
  t.same(OPERATOR_ROLES, ['streaming_replica', 'robot_zmon', '_crunchyrepl']);
});
