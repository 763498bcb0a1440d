import t from 'tap';
import type { Tls } from '../../../src/engine/login/server/target.ts';
import { explainHbaRefusal } from '../../../src/postgres/protocol/hba-refusal.ts';
import { logIn, THE_PASSWORD } from '../../helpers/login/login.ts';
import { aPostgres } from '../../testbed/postgres/postgres.ts';

const SCRAM = 'scram-sha-256';
const server = await aPostgres(t, { tls: { names: ['127.0.0.1'] }, settings: { lc_messages: 'C' } });
await server.sql(`CREATE ROLE app LOGIN PASSWORD '${THE_PASSWORD}'`);

/** The result of a login, with the cause that lockstep finds for a refusal by pg_hba.conf. */
async function reasonOf(mode: Tls['mode']) {
  const verdict = await logIn(server, { tls: { mode } });
  if (verdict.kind !== 'pg-hba') return verdict;
  const { host, port } = server;
  return await explainHbaRefusal({ host, port, database: 'postgres', tls: { mode } }, 'app', {
    timeout: 60_000,
  });
}

t.test('detects a server that requires TLS', async (t) => {
  const wanted = { kind: 'tls', why: 'wanted' };
  for (const lines of [
    [`hostssl all all all ${SCRAM}`],
    ['hostnossl all all all reject', `host all all all ${SCRAM}`],
  ]) {
    await server.admit(lines);
    t.same(await reasonOf('disable'), wanted, lines.join('; '));
    t.match(await reasonOf('prefer'), { kind: 'ok' });
  }
});

t.test('detects a server that refuses TLS', async (t) => {
  await server.admit([`hostnossl all all all ${SCRAM}`]);
  t.same(await reasonOf('require'), { kind: 'tls', why: 'unwanted' });
});

t.test('reports pg_hba.conf for a role without a line, or with reject, for both encryptions', async (t) => {
  for (const lines of [[`host all nobody all ${SCRAM}`], ['host all all all reject']]) {
    await server.admit(lines);
    for (const mode of ['disable', 'prefer', 'require'] as const)
      t.same(await reasonOf(mode), { kind: 'pg-hba' }, `${mode}: ${lines[0]}`);
  }
});

t.test('distinguishes a line with another method from a missing one', async (t) => {
  await server.admit(['host all all all ident']);
  t.same(await reasonOf('disable'), { kind: 'other-method' });
  await server.admit(['host all all all password']);
  t.same(await reasonOf('disable'), { kind: 'other-method' });
});

t.test('does not send the password of the Secret for the check', async (t) => {
  await server.admit([`hostssl all all all ${SCRAM}`]);
  const before = server.log().length;
  await reasonOf('disable');
  const log = server.log().slice(before);
  t.match(log, /password authentication failed for user "app"/, 'another one was');
});
