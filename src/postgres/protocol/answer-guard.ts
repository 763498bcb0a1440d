import { LoginFailure } from '../../dial/login-failure.ts';
import { type Columns, maxRowBytes } from './columns.ts';
import { parseErrorResponse } from './error-response.ts';
import type { ServerMessage } from './wire.ts';

/** The answer that a statement permits. */
export interface ExpectedAnswer {
  /** A statement with values: Parse, Bind, Describe, Execute, Sync. Any other is one Query. */
  readonly isPrepared: boolean;
  readonly columns: Columns;
  readonly maxRows: number;
}

/** The message that may come next. */
type State = 'idle' | 'parse' | 'bind' | 'describe' | 'rows' | 'command' | 'completed' | 'failed' | 'ended';

/**
 * The next state, by the type of the message:
 *
 *     Query ───────────────────────────┬─► T ─► D … ─┬─► C ─► Z
 *     Parse, Bind … ─► 1 ─► 2 ─► T or n┘  without T ─┘
 *
 * An error may come instead of each of them, and Z follows. An error without a statement announces the end.
 */
const TRANSITIONS: Readonly<Record<State, Readonly<Record<string, State>>>> = {
  idle: { E: 'ended' },
  parse: { '1': 'bind', E: 'failed' },
  bind: { '2': 'describe', E: 'failed' },
  describe: { T: 'rows', n: 'command', E: 'failed' },
  rows: { D: 'rows', C: 'completed', E: 'failed' },
  command: { C: 'completed', E: 'failed' },
  // The commit of a single statement comes after its C.
  completed: { Z: 'idle', E: 'failed' },
  failed: { Z: 'idle' },
  ended: {},
};

/** Notices, changed parameters and notifications may come at any time. Nothing reads them. */
const IGNORED_TYPES = 'NSA';

/** libpq takes 30,000 bytes for a broken length, except in rows and in these. */
const MAX_TEXT_BYTES = 64 * 1024;
/** A command tag, as `INSERT 0 1`. */
const MAX_TAG_BYTES = 64;
/** A role with 4,000 members. */
const MAX_ROW_BYTES = 256 * 1024;
/** NAMEDATALEN, the NUL of the name included. */
const MAX_NAME_BYTES = 64;
/** After the name: table, column, type, size, modifier, format. */
const FIELD_BYTES = 18;

/**
 * Lets only those messages of a server pass to pg that answer the statement, each of them complete and well formed. The
 * parser of pg checks no count and no end. A message without its end is an endless loop in it.
 */
export class AnswerGuard {
  #state: State = 'idle';
  #columns: Columns = {};
  #rowsLeft = 0;
  #nextAnswer: ExpectedAnswer | undefined;

  /** Called before the statement is sent. After an error, pg keeps the next statement until Z has come. */
  expect(answer: ExpectedAnswer): void {
    this.#nextAnswer = answer;
    if (this.#state === 'idle') this.#beginAnswer();
  }

  #beginAnswer(): void {
    if (this.#nextAnswer === undefined) return;
    const { isPrepared, columns, maxRows } = this.#nextAnswer;
    this.#nextAnswer = undefined;
    this.#columns = columns;
    this.#rowsLeft = maxRows;
    this.#state = isPrepared ? 'parse' : this.#hasColumns ? 'describe' : 'command';
  }

  /** The limit for the body of a message of this type. Undefined if it may not come now. */
  maxBytes(type: string): number | undefined {
    if (IGNORED_TYPES.includes(type)) return MAX_TEXT_BYTES;
    if (!Object.hasOwn(TRANSITIONS[this.#state], type)) return undefined;
    switch (type) {
      case 'T':
        return 2 + Object.keys(this.#columns).length * (MAX_NAME_BYTES + FIELD_BYTES);
      case 'D':
        return Math.min(maxRowBytes(this.#columns), MAX_ROW_BYTES);
      case 'C':
        return MAX_TAG_BYTES;
      case 'E':
        return MAX_TEXT_BYTES;
      case 'Z':
        return 1;
      default:
        return 0;
    }
  }

  /** True if pg must read the message. @throws LoginFailure `not-postgres` if the server must not send it. */
  admits({ type, body }: ServerMessage): boolean {
    if (IGNORED_TYPES.includes(type)) return false;
    const next = TRANSITIONS[this.#state][type];
    if (next === undefined || !this.#isWellFormed(type, body)) throw new LoginFailure('not-postgres');
    this.#state = next;
    if (next === 'idle') this.#beginAnswer();
    return true;
  }

  get #hasColumns(): boolean {
    return Object.keys(this.#columns).length > 0;
  }

  #isWellFormed(type: string, body: Buffer): boolean {
    switch (type) {
      case 'T':
        return this.#hasColumns && isRowDescription(body, Object.keys(this.#columns));
      case 'n':
        return !this.#hasColumns && body.length === 0;
      case 'D':
        this.#rowsLeft -= 1;
        return this.#rowsLeft >= 0 && isDataRow(body, Object.keys(this.#columns).length);
      case 'C':
        return body.indexOf(0) === body.length - 1 && body.length > 0;
      case 'E':
        return parseErrorResponse(body) !== undefined;
      case 'Z':
        return body.length === 1 && 'ITE'.includes(String.fromCharCode(body[0]!));
      default:
        return body.length === 0;
    }
  }
}

/** These names and no other, each as text. */
function isRowDescription(body: Buffer, names: readonly string[]): boolean {
  if (body.length < 2 || body.readUInt16BE(0) !== names.length) return false;
  let at = 2;
  for (const name of names) {
    const end = body.indexOf(0, at);
    const next = end + 1 + FIELD_BYTES;
    if (end < 0 || next > body.length || body.toString('utf8', at, end) !== name) return false;
    const format = body.readUInt16BE(next - 2);
    if (format !== 0) return false;
    at = next;
  }
  return at === body.length;
}

function isDataRow(body: Buffer, columnCount: number): boolean {
  if (body.length < 2 || body.readUInt16BE(0) !== columnCount) return false;
  let at = 2;
  for (let column = 0; column < columnCount; column += 1) {
    if (at + 4 > body.length) return false;
    // -1 means NULL.
    const length = body.readInt32BE(at);
    if (length < -1) return false;
    at += 4 + Math.max(length, 0);
  }
  return at === body.length;
}
