/** The files of a stopped server that contain its roles. They must be little-endian, as on x86 and ARM. */
export interface RoleFiles {
  /** The pages of the relation pg_authid, one after the other. */
  readonly heap: Uint8Array;
  /** Undefined if pg_xact does not have the outcome. It may throw if pg_xact is missing. */
  readonly outcomeOf: (transaction: number) => 'committed' | 'aborted' | undefined;
}

/** The oid of pg_authid, which never changes. */
const PG_AUTHID = 1260;
/** RELMAPPER_FILEMAGIC (src/backend/utils/cache/relmapper.c). */
const MAP_MAGIC = 0x592717;

/**
 * The number of the file in global/ that holds pg_authid, from global/pg_filenode.map. Undefined if the map is invalid.
 */
export function roleFileNumber(map: Uint8Array): number | undefined {
  const view = viewOf(map);
  if (map.length < 8 || view.getInt32(0, true) !== MAP_MAGIC) return undefined;
  const count = Math.min(view.getInt32(4, true), Math.floor((map.length - 8) / 8));
  for (let at = 0; at < count; at++) {
    if (view.getUint32(8 + 8 * at, true) === PG_AUTHID) return view.getUint32(12 + 8 * at, true);
  }
  return undefined;
}

/** `none` means that the role does not exist or has no password. `unknown` means that the files don't show it. */
export type StoredVerifier =
  | { readonly kind: 'none' | 'unknown' }
  | { readonly kind: 'found'; readonly verifier: string };

/**
 * The verifier of a role after the last commit. The format is that of PostgreSQL 12 and later
 * (src/include/storage/bufpage.h, access/htup_details.h, catalog/pg_authid.h). Any other format is unknown, never
 * guessed.
 */
export function storedVerifier({ heap, outcomeOf }: RoleFiles, role: string): StoredVerifier {
  const found: StoredVerifier[] = [];
  for (let page = 0; page + PAGE <= heap.length; page += PAGE) {
    const tuples = tuplesIn(heap.subarray(page, page + PAGE));
    if (tuples === undefined) return UNKNOWN;
    for (const tuple of tuples) {
      if (nameIn(tuple) !== role) continue;
      const live = isLive(viewOf(tuple), outcomeOf);
      if (live === undefined) return UNKNOWN;
      if (live) found.push(verifierIn(tuple));
    }
  }
  const [only = NONE, second] = found;
  return second === undefined ? only : UNKNOWN;
}

const UNKNOWN: StoredVerifier = { kind: 'unknown' };
const NONE: StoredVerifier = { kind: 'none' };

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** The usual BLCKSZ, and the version of the page layout. */
const PAGE = 8192;
const LAYOUT = PAGE | 4;
const PAGE_HEADER = 24;
const LP_NORMAL = 1;

function tuplesIn(page: Uint8Array): readonly Uint8Array[] | undefined {
  const view = viewOf(page);
  const lower = view.getUint16(12, true);
  // A page that was never filled has only zeros.
  if (lower === 0) return [];
  if (view.getUint16(18, true) !== LAYOUT || lower < PAGE_HEADER || lower > PAGE) return undefined;
  const tuples: Uint8Array[] = [];
  for (let at = PAGE_HEADER; at + 4 <= lower; at += 4) {
    const pointer = view.getUint32(at, true);
    const [offset, flags, length] = [pointer & 0x7fff, (pointer >>> 15) & 3, pointer >>> 17];
    if (flags !== LP_NORMAL) continue;
    if (offset + length > PAGE || length < TUPLE_HEADER + PASSWORD_AT) return undefined;
    tuples.push(page.subarray(offset, offset + length));
  }
  return tuples;
}

/** Without its bitmap of nulls. */
const TUPLE_HEADER = 23;
// Columns: oid 4, rolname 64, seven booleans, one byte of padding, rolconnlimit 4, rolpassword.
const NAME_AT = 4;
const NAME_SIZE = 64;
const PASSWORD_AT = 80;
const PASSWORD_COLUMN = 10;

const dataOf = (tuple: Uint8Array): Uint8Array => tuple.subarray(tuple[22]);

function nameIn(tuple: Uint8Array): string {
  const name = dataOf(tuple).subarray(NAME_AT, NAME_AT + NAME_SIZE);
  const end = name.indexOf(0);
  return new TextDecoder().decode(end < 0 ? name : name.subarray(0, end));
}

const HAS_NULL = 0x0001;
const XMAX_LOCK_ONLY = 0x0080;
const XMIN_COMMITTED = 0x0100;
const XMIN_ABORTED = 0x0200;
const XMAX_COMMITTED = 0x0400;
const XMAX_INVALID = 0x0800;
const XMAX_IS_MULTI = 0x1000;

/** A committed transaction created the row, and no committed one replaced it. */
function isLive(tuple: DataView, outcomeOf: RoleFiles['outcomeOf']): boolean | undefined {
  const mask = tuple.getUint16(20, true);
  // Both bits mean that the row is frozen, which counts as committed.
  const made =
    mask & XMIN_COMMITTED
      ? 'committed'
      : mask & XMIN_ABORTED
        ? 'aborted'
        : outcomeOf(tuple.getUint32(0, true));
  if (made !== 'committed') return made === undefined ? undefined : false;
  const replacedBy = tuple.getUint32(4, true);
  if (mask & (XMAX_INVALID | XMAX_LOCK_ONLY) || replacedBy === 0) return true;
  if (mask & XMAX_IS_MULTI) return undefined;
  const replaced = mask & XMAX_COMMITTED ? 'committed' : outcomeOf(replacedBy);
  return replaced === undefined ? undefined : replaced === 'aborted';
}

function verifierIn(tuple: Uint8Array): StoredVerifier {
  const hasNull = (viewOf(tuple).getUint16(20, true) & HAS_NULL) !== 0;
  const bits = tuple[TUPLE_HEADER + (PASSWORD_COLUMN >> 3)] ?? 0;
  if (hasNull && (bits & (1 << (PASSWORD_COLUMN & 7))) === 0) return NONE;
  const data = dataOf(tuple);
  const bytes = varlena(data.subarray(PASSWORD_AT));
  if (bytes === undefined) return UNKNOWN;
  return { kind: 'found', verifier: new TextDecoder('latin1').decode(bytes) };
}

/**
 * A short text has a header of one byte, a longer one of four. A compressed or external one is not read
 * (src/include/varatt.h).
 */
function varlena(data: Uint8Array): Uint8Array | undefined {
  const first = data[0] ?? 0;
  if (first & 1) return first === 1 ? undefined : data.subarray(1, first >> 1);
  if (first & 2 || data.length < 4) return undefined;
  return data.subarray(4, viewOf(data).getUint32(0, true) >>> 2);
}
