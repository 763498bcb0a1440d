import t from 'tap';
import { type RoleFiles, storedVerifier } from '../../../../src/engine/login/init-db/stored-verifier.ts';

const PAGE = 8192;
const VERIFIER = 'SCRAM-SHA-256$4096:salt$stored:server';
const XMIN_COMMITTED = 0x0100;

interface Tuple {
  readonly name: string | Buffer;
  readonly mask?: number;
  /** The transaction that has replaced the row, or 0 for none. */
  readonly xmax?: number;
  readonly password?: Buffer;
}

/** A short text has a header of one byte with its length and the lowest bit set. */
const short = (text: string): Buffer =>
  Buffer.concat([Buffer.from([((text.length + 1) << 1) | 1]), Buffer.from(text)]);

/** A row of pg_authid in the format of stored-verifier.ts. */
function aTuple({ name, mask = XMIN_COMMITTED, xmax = 0, password = short(VERIFIER) }: Tuple): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(700, 0);
  header.writeUInt32LE(xmax, 4);
  header.writeUInt16LE(mask, 20);
  header.writeUInt8(24, 22);
  const columns = Buffer.alloc(80);
  Buffer.from(name).copy(columns, 4, 0, 64);
  return Buffer.concat([header, columns, password]);
}

function aPage(...tuples: readonly Tuple[]): Buffer {
  const page = Buffer.alloc(PAGE);
  page.writeUInt16LE(24 + 4 * tuples.length, 12);
  page.writeUInt16LE(PAGE | 4, 18);
  let end = PAGE;
  tuples.forEach((tuple, index) => {
    const bytes = aTuple(tuple);
    end -= bytes.length;
    bytes.copy(page, end);
    page.writeUInt32LE(((bytes.length << 17) | (1 << 15) | end) >>> 0, 24 + 4 * index);
  });
  return page;
}

const read = (role: string, tuples: readonly Tuple[], outcomeOf: RoleFiles['outcomeOf'] = () => undefined) =>
  storedVerifier({ heap: aPage(...tuples), outcomeOf }, role);

const FOUND = { kind: 'found', verifier: VERIFIER };

t.test('finds the verifier of a role by its exact name', async (t) => {
  const others = [{ name: 'app_alt' }, { name: 'ap' }];
  t.same(read('app', [...others, { name: 'app' }]), FOUND);
  t.same(read('app', others), { kind: 'none' });
});

t.test('reads a name that fills its column, and no role for an empty name', async (t) => {
  const longest = 'a'.repeat(64);
  t.same(read(longest, [{ name: longest }]), FOUND);
  t.same(read(longest.slice(1), [{ name: longest }]), { kind: 'none' });
  t.same(read('', [{ name: '' }]), FOUND);
});

t.test('reports unknown if the outcome of a transaction is unknown', async (t) => {
  const replaced = [{ name: 'app', xmax: 701 }];
  t.same(read('app', replaced), { kind: 'unknown' });
  t.same(
    read('app', replaced, () => 'aborted'),
    FOUND,
  );
  t.same(
    read('app', replaced, () => 'committed'),
    { kind: 'none' },
  );
});

t.test('reads a long text with a header of four bytes', async (t) => {
  const text = 'S'.repeat(200);
  const length = Buffer.alloc(4);
  length.writeUInt32LE((text.length + 4) << 2);
  const password = Buffer.concat([length, Buffer.from(text)]);
  t.same(read('app', [{ name: 'app', password }]), { kind: 'found', verifier: text });
});

t.test('reports unknown for an external or compressed verifier', async (t) => {
  for (const password of [Buffer.from([1, 18, 0, 0]), Buffer.from([2, 0, 0, 0]), Buffer.alloc(0)])
    t.same(read('app', [{ name: 'app', password }]), { kind: 'unknown' });
});
