import t from 'tap';
import { type DataDirectory, stateOf } from '../../../../src/engine/login/init-db/data-directory.ts';

const TOP = ['PG_VERSION', 'base', 'global', 'pg_wal', 'pg_hba.conf', 'postgresql.conf'];

const aDirectory = (rest: Partial<DataDirectory> = {}): DataDirectory => ({
  entries: TOP,
  version: '18\n',
  settings: 32_579,
  control: { size: 8192, state: 1 },
  databases: 3,
  startedWith: undefined,
  others: [],
  ...rest,
});

const bare = (entries: readonly string[] | undefined, rest: Partial<DataDirectory> = {}): DataDirectory =>
  aDirectory({
    entries,
    version: undefined,
    settings: undefined,
    control: undefined,
    databases: 0,
    ...rest,
  });

t.test('an empty or missing directory is ready for the first start', async (t) => {
  t.same(stateOf(bare([])), { kind: 'empty' });
  t.same(stateOf(bare(undefined)), { kind: 'empty' });
});

t.test('reports a mount point, which initdb refuses', async (t) => {
  t.same(stateOf(bare(['lost+found'])), { kind: 'mount-point', found: 'lost+found' });
  t.same(stateOf(bare(['.snapshot', 'lost+found'])), { kind: 'mount-point', found: '.snapshot' });
});

t.test('distinguishes foreign files from data', async (t) => {
  t.same(stateOf(bare(['lost+found', 'wp-content', 'index.php'])), { kind: 'foreign', found: 'index.php' });
  t.same(stateOf(bare(['base', 'notes.txt'])), { kind: 'foreign', found: 'notes.txt' });
  for (const version of ['eighteen', '18 or so', '\0', '9.6.1.2', '99999', '<html>'])
    t.same(stateOf(aDirectory({ version })), { kind: 'foreign', found: 'PG_VERSION' }, version);
});

t.test('recognises a killed initdb by its missing files', async (t) => {
  const lacks = (rest: Partial<DataDirectory>) => {
    const state = stateOf(aDirectory(rest));
    return state.kind === 'half-initialised' ? state.lacks : state.kind;
  };
  t.equal(stateOf(bare(['base', 'global', 'pg_wal', 'lost+found'])).kind, 'half-initialised');
  t.equal(lacks({ version: '', entries: ['base', 'global', 'pg_wal'] }), 'PG_VERSION');
  t.equal(lacks({ control: undefined, settings: 0, databases: 0 }), 'global/pg_control');
  t.equal(lacks({ control: { size: 0, state: 0 } }), 'global/pg_control');
  t.equal(lacks({ entries: ['PG_VERSION', 'base', 'pg_wal'] }), 'global/');
  t.equal(lacks({ settings: undefined }), 'postgresql.conf');
  t.equal(lacks({ databases: 1, control: { size: 8192, state: 6 } }), 'the database postgres');
  t.equal(lacks({ databases: 2 }), 'the database postgres');
  t.equal(lacks({ control: { size: 8192, state: 6 } }), 'the end of initdb');
});

t.test('accepts the directory of a server that ran, however it stopped', async (t) => {
  const startedWith = '/usr/lib/postgresql/18/bin/postgres "-c" "listen_addresses=*"\n';
  const state = stateOf(
    aDirectory({ startedWith, control: { size: 8192, state: 6 }, settings: undefined, databases: 2 }),
  );
  t.same(state, { kind: 'initialised', major: '18' });
  t.same(stateOf(aDirectory()), { kind: 'initialised', major: '18' });
});

t.test('accepts a restored copy of a running server', async (t) => {
  for (const name of ['backup_label', 'recovery.signal', 'standby.signal']) {
    const state = stateOf(aDirectory({ entries: [...TOP, name], control: { size: 8192, state: 6 } }));
    t.same(state, { kind: 'initialised', major: '18' });
  }
});

t.test('recognises an unfinished first start by postmaster.opts', async (t) => {
  const startedWith =
    '/usr/lib/postgresql/17/bin/postgres "-D" "/data" "-c" "listen_addresses=" "-p" "5432"\n';
  t.same(stateOf(aDirectory({ version: '17\n', startedWith })), { kind: 'unfinished', major: '17' });
});

t.test('knows the names of releases before 10', async (t) => {
  const entries = TOP.map((name) => (name === 'pg_wal' ? 'pg_xlog' : name));
  t.same(stateOf(aDirectory({ version: '9.6\n', entries })), { kind: 'initialised', major: '9.6' });
});

t.test('reports data next to an empty directory', async (t) => {
  t.same(stateOf(bare([], { others: ['/var/lib/postgresql/17/docker'] })), {
    kind: 'data-elsewhere',
    folders: ['/var/lib/postgresql/17/docker'],
  });
});
