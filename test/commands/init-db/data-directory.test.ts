import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readDataDirectory } from '../../../src/commands/init-db/data-directory.ts';
import { type DirectoryState, stateOf } from '../../../src/engine/login/init-db/data-directory.ts';
import { anOfficialImage } from '../../helpers/postgres/official-image.ts';
import { majorsHere, serverUser } from '../../testbed/postgres/server.ts';

const look = async (path: string): Promise<DirectoryState> => stateOf(await readDataDirectory(path));

const LOGIN = { POSTGRES_USER: 'app', POSTGRES_PASSWORD: 'Vq7mT2xLr9KcW4nB8sZd', POSTGRES_DB: 'shop' };

for (const version of majorsHere()) {
  t.test(`recognises a database of PostgreSQL ${version}: empty, running and crashed`, async (t) => {
    const image = await anOfficialImage(t, version);
    t.same(await look(image.dataDir), { kind: 'empty' });
    t.equal(await image.start(LOGIN), 'initialised');
    const whole = { kind: 'initialised', major: String(version) };
    t.same(await look(image.dataDir), whole);
    await image.stop();
    t.same(await look(image.dataDir), whole);
    t.equal(await image.start(LOGIN), 'skipped');
    t.same(await look(image.dataDir), whole);
  });

  t.test(`recognises a first start of PostgreSQL ${version} that was killed`, async (t) => {
    const early = await anOfficialImage(t, version);
    t.equal(await early.start(LOGIN, { dies: 'in initdb' }), 'died');
    t.equal((await look(early.dataDir)).kind, 'half-initialised');

    const late = await anOfficialImage(t, version);
    t.equal(await late.start(LOGIN, { dies: 'in its set-up' }), 'died');
    t.same(await look(late.dataDir), { kind: 'unfinished', major: String(version) });
    // A second start repairs nothing.
    t.equal(await late.start(LOGIN), 'skipped');
    t.equal((await look(late.dataDir)).kind, 'initialised');
  });
}

t.test('recognises the folder of a fresh file system, which initdb itself refuses', async (t) => {
  const image = await anOfficialImage(t);
  mkdirSync(join(image.dataDir, 'lost+found'), { recursive: true });
  const user = serverUser();
  if (user !== undefined) chownSync(image.dataDir, user.uid, user.gid);
  t.same(await look(image.dataDir), { kind: 'mount-point', found: 'lost+found' });
  await t.rejects(image.start(LOGIN), { message: /lost\+found/ });
});

t.test('finds data of an older release where the image looks for it', async (t) => {
  const dir = t.testdir({
    17: { docker: { PG_VERSION: '17\n' } },
    16: { docker: { PG_VERSION: '' } },
    'a file': '',
    data: { PG_VERSION: '15\n' },
    18: { docker: {} },
  });
  const state = await look(join(dir, '18', 'docker'));
  t.equal(state.kind, 'data-elsewhere');
  t.same('folders' in state && state.folders.toSorted(), [join(dir, '17', 'docker'), join(dir, 'data')]);
  t.same(await look(join(dir, '19', 'docker')), {
    ...state,
    folders: 'folders' in state ? state.folders : [],
  });
});

t.test('takes hostile files of any size for no data directory', async (t) => {
  const dir = t.testdir({ PG_VERSION: 'x'.repeat(1024 * 1024), base: {}, global: { pg_control: '' } });
  t.same(await look(dir), { kind: 'foreign', found: 'PG_VERSION' });
  writeFileSync(join(dir, 'PG_VERSION'), '18\n');
  mkdirSync(join(dir, 'pg_wal'));
  t.same(await look(dir), { kind: 'half-initialised', lacks: 'global/pg_control' });
});

t.test('reports a path that is no folder or is unreadable, with the fix', async (t) => {
  const dir = t.testdir({ file: 'text', closed: { PG_VERSION: '18\n' } });
  await t.rejects(readDataDirectory(join(dir, 'file')), {
    code: 'LOCKSTEP_DATA_DIR_UNREADABLE',
    message: /\(ENOTDIR\); run as the user that PostgreSQL runs as/,
  });
  if (process.getuid?.() === 0) return;
  chmodSync(join(dir, 'closed'), 0);
  await t.rejects(readDataDirectory(join(dir, 'closed')), { message: /EACCES/ });
});
