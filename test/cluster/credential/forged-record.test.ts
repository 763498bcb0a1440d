import t from 'tap';
import type { LoginChange, LoginRecord } from '../../../src/engine/secret/record/login-record.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { readRecord, writeRecord } from '../../../src/kube/record/records.ts';
import { aCanary } from '../../helpers/canary/canary.ts';
import { aTeam, type Team } from '../../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';
import { until } from '../../testbed/process/until.ts';

// A tenant may update a Secret and write its record. With both, the tenant tries to have the administrator's login
// change a role of another team. It must fail.

const world = await aWorld(t, { settings: { log_statement: 'all', log_min_error_statement: 'debug5' } });
const { cluster, postgres, controllers } = world;
await postgres.sql(`CREATE ROLE payments LOGIN PASSWORD '${aCanary(24)}';
  CREATE ROLE payments_alt LOGIN PASSWORD '${aCanary(24)}'; CREATE ROLE deputy LOGIN PASSWORD '${aCanary(24)}'`);
const alone = await aTeam(world, 'alone', { admin: true, pods: 0 });
const middle = await aTeam(world, 'middle', { admin: true, pods: 0 });
const pair = await aTeam(world, 'pair', { strategy: 'AlternatingUsers', pods: 0 });
const teams = [alone, middle, pair];
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '0' });
for (const team of teams) await untilInStep(team, [daemon]);

const stored = () =>
  postgres.sql(
    `SELECT rolname::text, rolpassword, shobj_description(oid, 'pg_authid') AS comment,
       ARRAY(SELECT member::regrole::text FROM pg_auth_members WHERE roleid = a.oid) AS members
       FROM pg_authid a WHERE rolname ~ '^(payments|deputy)' ORDER BY 1`,
  );
const before = await stored();
const logged = postgres.log().length;
const api = connect({ kubeconfig: cluster.kubeconfig });

async function forge({ place }: Team, forged: (login: LoginRecord) => Partial<LoginRecord>): Promise<void> {
  for (;;) {
    const found = await readRecord(api, place);
    if (found.kind !== 'read' || found.record.login === undefined) throw new Error('there is no login yet');
    const { login } = found.record;
    const record = { ...found.record, login: { ...login, ...forged(login) } };
    try {
      await writeRecord(api, place, record, found.resourceVersion);
      return;
    } catch (error) {
      if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_CLUSTER_CONFLICT') throw error;
    }
  }
}

const mine = Sensitive.fromText(aCanary(24));
const payments = { role: 'payments', password: mine };
const aChange = (rest: Partial<LoginChange> & Pick<LoginChange, 'from' | 'to'>): LoginChange => ({
  id: 'forged',
  cause: 'requested',
  since: new Date(),
  entered: new Date(),
  phase: 'preflight',
  restores: undefined,
  fault: undefined,
  ...rest,
});

const ended = (team: Team) =>
  until(`${team.place.namespace}'s forged change to end`, [daemon], async () => {
    const { change, changeRequest: wish } = (await team.record())?.login ?? {};
    return change === undefined && wish === undefined;
  });

t.test('a forged change request and an edit that name another role change nothing', async (t) => {
  await alone.edit({
    POSTGRES_USER: 'payments',
    POSTGRES_PASSWORD: mine.withPlaintext(({ text = '' }) => text),
  });
  await forge(alone, () => ({
    owner: 'payments',
    current: payments,
    changeRequest: { kind: 'from-secret' },
  }));
  await ended(alone);
  t.match((await alone.record())?.login?.failed ?? (await alone.record())?.login?.diverged, {
    reason: /role/,
  });
  t.same(await stored(), before);
});

t.test('forged changes in progress change nothing, also one that removes a password', async (t) => {
  const secret = await middle.secret();
  const own = { role: middle.role, password: Sensitive.fromText(secret.POSTGRES_PASSWORD ?? '') };
  for (const phase of ['apply', 'finalize', 'rollback-apply'] as const)
    for (const [from, to] of [
      [own, payments],
      [payments, own],
    ] as const) {
      const fault = phase === 'rollback-apply' ? 'forged' : undefined;
      await forge(middle, () => ({ owner: 'payments', change: aChange({ from, to, phase, fault }) }));
      await until('it to be looked at', [daemon], async () => {
        const { change } = (await middle.record())?.login ?? {};
        return change === undefined || change.phase !== phase;
      });
      t.same(await stored(), before, `${phase}, ${from.role} to ${to.role}`);
    }
});

t.test('forged alternating users whose owner is another role change nothing', async (t) => {
  const secret = await pair.secret();
  const own = { role: pair.role, password: Sensitive.fromText(secret.POSTGRES_PASSWORD ?? '') };
  const [{ oid } = {}] = await postgres.sql(`SELECT oid::text FROM pg_roles WHERE rolname = 'payments_alt'`);
  const to = { role: 'payments_alt', password: mine };
  await forge(pair, () => ({
    owner: 'payments',
    alternate: { role: 'payments_alt', oid: String(oid) },
    change: aChange({ from: own, to, phase: 'apply' }),
  }));
  await ended(pair);
  t.match((await pair.record())?.login?.failed, { reason: /not among the roles/ });
  t.same(await stored(), before);
});

t.test('no statement that changes one of those roles was sent', async (t) => {
  const log = postgres.log().slice(logged);
  t.match(log, /statement:|execute/, 'the server has logged statements');
  t.notMatch(log, /\b(?:ALTER|CREATE|DROP|COMMENT|GRANT|REVOKE|REASSIGN)\b[^\n]*\b(?:payments|deputy)/i);
});
