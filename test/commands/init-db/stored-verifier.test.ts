import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readStoredVerifier } from '../../../src/commands/init-db/stored-verifier.ts';
import { roleFileNumber, storedVerifier } from '../../../src/engine/login/init-db/stored-verifier.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { matchesVerifier } from '../../../src/postgres/protocol/scram.ts';
import { aPostgres } from '../../testbed/postgres/postgres.ts';
import { majorsHere } from '../../testbed/postgres/server.ts';

for (const version of majorsHere()) {
  t.test(`reads the verifiers from the files of PostgreSQL ${version} as the server has them`, async (t) => {
    const server = await aPostgres(t, { version });
    const roles = Array.from({ length: 90 }, (_, at) => `role ${at}`);
    for (const role of roles) await server.sql(`CREATE ROLE "${role}" LOGIN PASSWORD 'first of ${role}'`);
    for (const statement of [
      `ALTER ROLE "role 1" PASSWORD 'second of role 1'`,
      `BEGIN; ALTER ROLE "role 2" PASSWORD 'of nobody'; ROLLBACK`,
      'ALTER ROLE "role 3" PASSWORD NULL',
      `ALTER ROLE "role 4" VALID UNTIL '2030-01-01'`,
      'DROP ROLE "role 5"',
      `CREATE ROLE "ä €" LOGIN PASSWORD 'ö'`,
      `SET password_encryption = md5; CREATE ROLE old LOGIN PASSWORD 'of old'`,
    ])
      await server.sql(statement);
    await server.sql('BEGIN; SELECT FROM pg_authid FOR UPDATE; COMMIT');
    await server.stop();

    const fits = async (role: string, password: string): Promise<boolean | string | undefined> => {
      const stored = await readStoredVerifier(server.dataDir, role);
      return stored.kind === 'found'
        ? matchesVerifier(Sensitive.fromText(password), stored.verifier, role)
        : stored.kind;
    };
    t.equal(await fits('role 1', 'second of role 1'), true);
    t.equal(await fits('role 1', 'first of role 1'), false);
    t.equal(await fits('role 2', 'first of role 2'), true);
    t.equal(await fits('role 3', 'first of role 3'), 'none');
    t.equal(await fits('role 4', 'first of role 4'), true);
    t.equal(await fits('role 5', 'first of role 5'), 'none');
    t.equal(await fits('ä €', 'ö'), true);
    t.equal(await fits('old', 'of old'), true);
    t.equal(await fits('postgres', server.superuser.password), true);
    for (const role of roles.slice(6)) t.equal(await fits(role, `first of ${role}`), true);

    await server.start();
    await server.sql('VACUUM FULL pg_authid');
    await server.sql(`ALTER ROLE "role 7" PASSWORD 'second of role 7'`);
    await server.sql('VACUUM FREEZE pg_authid');
    await server.stop();
    t.equal(await fits('role 7', 'second of role 7'), true);
    t.equal(await fits('role 8', 'first of role 8'), true);
  });
}

t.test('survives files of any content, and finds nothing in them', async (t) => {
  const dir = t.testdir({ global: { 1260: '' } });
  t.same(await readStoredVerifier(dir, 'app'), { kind: 'unknown' });
  const map = Buffer.alloc(512);
  map.writeInt32LE(0x592717, 0);
  map.writeInt32LE(1, 4);
  map.writeUInt32LE(1260, 8);
  map.writeUInt32LE(1260, 12);
  t.equal(roleFileNumber(map), 1260);
  map.writeInt32LE(2 ** 31 - 1, 4);
  t.equal(roleFileNumber(map.subarray(0, 12)), undefined);
  mkdirSync(join(dir, 'global'), { recursive: true });
  writeFileSync(join(dir, 'global', 'pg_filenode.map'), map);
  for (let round = 0; round < 200; round++) {
    const heap = randomBytes(8192 * 2);
    // Some of them look like a page.
    if (round % 2 === 0) heap.writeUInt16LE(8192 | 4, 18);
    if (round % 4 === 0) heap.writeUInt16LE(24 + 4 * (round % 40), 12);
    writeFileSync(join(dir, 'global', '1260'), heap);
    t.not((await readStoredVerifier(dir, 'app')).kind, 'found');
    t.not(storedVerifier({ heap, outcomeOf: () => 'committed' }, 'app').kind, 'found');
  }
});
