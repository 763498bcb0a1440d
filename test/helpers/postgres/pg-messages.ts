/** One message of PostgreSQL's protocol 3. */
export interface PgMessage {
  /**
   * Its letter; `startup`, `tls` (a request for it), `S!` and `N!` (the answers to that), `raw` for bytes that nobody
   * reads.
   */
  readonly type: string;
  readonly raw: Buffer;
  /** The text of a statement, if it carries one: Query and Parse do. */
  readonly statement: () => string | undefined;
}

/** Protocols 1234.5679 and 1234.5680: TLS and GSSAPI are asked for so. */
const ENCRYPTION = new Set([80877103, 80877104]);

/** Cuts a stream into messages, and hands on one after the other: the next one waits until the last is dealt with. */
export class PgMessages {
  #kind: 'startup' | 'messages' | 'byte' | 'raw';
  readonly #handle: (message: PgMessage) => Promise<void>;
  #bytes = Buffer.alloc(0);
  #isBusy = false;

  constructor(kind: 'startup' | 'messages', handle: (message: PgMessage) => Promise<void>) {
    this.#kind = kind;
    this.#handle = handle;
  }

  /** The answer to a request for encryption is one byte without a length. */
  expectByte(): void {
    this.#kind = 'byte';
  }

  /** From here on it is encrypted. */
  passOn(): void {
    this.#kind = 'raw';
  }

  take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    void this.#drain();
  }

  async #drain(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let message = this.#next(); message !== undefined; message = this.#next())
      await this.#handle(message);
    this.#isBusy = false;
  }

  #next(): PgMessage | undefined {
    const bytes = this.#bytes;
    if (bytes.length === 0) return undefined;
    if (this.#kind === 'raw') return this.#cut('raw', bytes.length);
    if (this.#kind === 'byte') {
      const answer = String.fromCharCode(bytes[0]!);
      this.#kind = answer === 'S' ? 'raw' : 'messages';
      return this.#cut(`${answer}!`, 1);
    }
    const head = this.#kind === 'startup' ? 0 : 1;
    if (bytes.length < head + 4) return undefined;
    const size = head + bytes.readUInt32BE(head);
    if (bytes.length < size) return undefined;
    if (this.#kind === 'messages') return this.#cut(String.fromCharCode(bytes[0]!), size);
    if (ENCRYPTION.has(bytes.readUInt32BE(4))) return this.#cut('tls', size);
    this.#kind = 'messages';
    return this.#cut('startup', size);
  }

  #cut(type: string, size: number): PgMessage {
    const raw = this.#bytes.subarray(0, size);
    this.#bytes = this.#bytes.subarray(size);
    return { type, raw, statement: () => statementIn(type, raw) };
  }
}

/** Query: the text. Parse: the name of a prepared statement, then the text. */
function statementIn(type: string, raw: Buffer): string | undefined {
  if (type !== 'Q' && type !== 'P') return undefined;
  const [first = '', second = ''] = raw.subarray(5).toString('utf8').split('\0');
  return type === 'Q' ? first : second;
}
