import t from 'tap';
import { followGenerator } from '../../../src/controllers/credential/follow-generator.ts';
import type { SecretSession } from '../../../src/controllers/secret-session/open.ts';
import { type LoginRecord, newLoginRecord } from '../../../src/engine/secret/record/login-record.ts';
import { newRecord, type SecretRecord } from '../../../src/engine/secret/record/record.ts';
import type { RecordLookup } from '../../../src/engine/secret/record/record-lookup.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { reconcilerDeps } from '../../helpers/controllers/reconciler-deps.ts';
import { aCredential } from '../../helpers/login/postgres-credential.ts';

const NAMESPACE = 'shop';
const OLD = 'app-9b7bht2f7m';
const NEW = 'app-2k68tmfgh4';
const CURRENT = { role: 'app', password: Sensitive.fromText('the-password-before') };
const LOGIN: LoginRecord = {
  ...newLoginRecord('uid-old', 'app'),
  at: 'db:5432 prefer',
  current: CURRENT,
  diverged: { since: new Date(0), reason: 'before', version: 9 },
  changeRequest: { kind: 'rollback', to: 3 },
};

const recordAt = (seconds: number, login?: LoginRecord): SecretRecord => ({
  ...newRecord('uid', new Map(), { time: new Date(seconds * 1000), by: 'flux', why: { kind: 'seen' } }, 0),
  login,
});

/** Records by the names of their Secrets. A write is the last one before a crash if `dies` says so. */
function aFollowing(records: Map<string, SecretRecord>, { name = NEW, named = [] as string[] } = {}) {
  const stored = (other: string): RecordLookup => {
    const record = records.get(other);
    return record === undefined ? { kind: 'absent' } : { kind: 'read', record, resourceVersion: '1' };
  };
  const reads: string[] = [];
  return {
    reads,
    run: async (writesBeforeCrash = Number.POSITIVE_INFINITY) => {
      let writes = 0;
      const write = (other: string, record: SecretRecord): void => {
        writes += 1;
        if (writes > writesBeforeCrash) throw new Error('crash');
        records.set(other, record);
      };
      let current = records.get(name) ?? recordAt(100);
      const session = {
        ref: { namespace: NAMESPACE, name },
        observed: { uid: 'uid-new' },
        record: () => current,
        save: async (record: SecretRecord) => {
          write(name, record);
          current = record;
        },
      } as unknown as SecretSession;
      await followGenerator(session, undefined, {
        ...reconcilerDeps(),
        records: {
          read: async (ref) => {
            reads.push(ref.name);
            return stored(ref.name);
          },
          write: async (ref, record) => {
            write(ref.name, record);
            return '2';
          },
          delete: async () => {},
          namesIn: async function* () {
            yield* records.keys();
          },
        },
        credentials: {
          ...reconcilerDeps().credentials,
          forSecret: (ref) => (named.includes(ref.name) ? aCredential() : undefined),
        },
      });
    },
  };
}

t.test('the login moves to the Secret with the new name, after a crash at each write', async (t) => {
  for (const crash of [0, 1, 2, 3]) {
    const records = new Map([
      ['app-login-9b7bht2f7m', recordAt(3, LOGIN)],
      [OLD, recordAt(2, LOGIN)],
      ['app-222222222g', recordAt(1, LOGIN)],
    ]);
    const following = aFollowing(records);
    await following.run(crash).catch(() => {});
    await following.run();
    t.match(
      records.get(NEW)?.login,
      { secret: 'uid-new', at: LOGIN.at, current: CURRENT, movedFrom: undefined, diverged: undefined },
      `${crash} writes`,
    );
    t.equal(records.get(NEW)?.login?.changeRequest, undefined, 'its version is one of the other record');
    t.equal(records.get(OLD)?.login, undefined, 'the last one has it no more');
    t.notOk(following.reads.includes('app-login-9b7bht2f7m'), 'another generator is not read');
  }
});

t.test('a login that went on since the first write is moved as it is then', async (t) => {
  const records = new Map([[OLD, recordAt(2, LOGIN)]]);
  const following = aFollowing(records);
  await following.run(1).catch(() => {});
  t.equal(records.get(NEW)?.login?.movedFrom, OLD);
  const later = { role: 'app', password: Sensitive.fromText('a-later-password') };
  records.set(OLD, recordAt(3, { ...LOGIN, current: later }));
  await following.run();
  t.equal(records.get(NEW)?.login?.current, later);
  t.equal(records.get(OLD)?.login, undefined);
});

t.test('a login stays where it is', async (t) => {
  const elsewhere = { ...CURRENT, password: Sensitive.fromText('of-this-secret') };
  for (const [what, records, options] of [
    ['another PostgresCredential names the Secret', [[OLD, recordAt(2, LOGIN)]], { named: [OLD] }],
    ['the name has no hash', [[OLD, recordAt(2, LOGIN)]], { name: 'app' }],
    ['nothing is proven there', [[OLD, recordAt(2, newLoginRecord('uid', 'app'))]], {}],
    [
      'this one is proven',
      [
        [OLD, recordAt(2, LOGIN)],
        [NEW, recordAt(3, { ...LOGIN, current: elsewhere })],
      ],
      {},
    ],
  ] as const) {
    const all = new Map<string, SecretRecord>(records);
    const before = new Map(all);
    await aFollowing(all, { ...options, named: [...('named' in options ? options.named : [])] }).run();
    t.same(all, before, what);
  }
});

t.test('a forged record names the Secret of another login, and moves nothing', async (t) => {
  for (const [from, named] of [
    ['payments', []],
    ['app-login-9b7bht2f7m', []],
    [OLD, [OLD]],
  ] as const) {
    const forged = recordAt(3, { ...newLoginRecord('uid', 'app'), movedFrom: from });
    const records = new Map([
      [from as string, recordAt(2, LOGIN)],
      [NEW, forged],
    ]);
    const following = aFollowing(records, { named: [...named] });
    await following.run();
    t.equal(records.get(from)?.login, LOGIN, from);
    t.equal(records.get(NEW)?.login?.current, undefined, from);
    t.same(following.reads, [], from);
  }
});

t.test('at most 50 records are read, whatever a tenant has created', async (t) => {
  const names = Array.from(
    { length: 200 },
    (_, index) => `app-${String(index).padStart(10, '2').replaceAll(/[013]/g, 'b')}`,
  );
  const records = new Map(names.map((name) => [name, recordAt(1)]));
  const following = aFollowing(records);
  await following.run();
  t.ok(following.reads.length <= 50, `${following.reads.length}`);
});
