import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';
import { freePort } from '../../testbed/process/ports.ts';
import { PgMessages } from './pg-messages.ts';

/**
 * The fault of a statement: before it reaches the server, or after the server has executed it. `cut` closes both
 * connections, `hang` leaves them open without another byte.
 */
export type Fate = 'pass' | 'cut-before' | 'cut-after' | 'hang-before' | 'hang-after';

/**
 * A statement on its way to the server; it waits for the answer, so that a handler that takes its time is a slow
 * network.
 */
export type OnStatement = (statement: string) => Fate | Promise<Fate>;

export interface PgProxy {
  readonly host: string;
  readonly port: number;
  /** All that passed or was stopped here, in order. */
  readonly statements: readonly string[];
  /** Connections that are open, and all that ever were. */
  readonly connections: { readonly open: number; readonly ever: number };
  /** How many faults have struck. */
  readonly hits: number;
  /** The next statement that begins so, or fits, never gets there; the connection is cut. Later ones pass. */
  cutBefore(statement: string | RegExp): void;
  /** The next one is carried out; the connection is cut before its answer gets back. */
  cutAfter(statement: string | RegExp): void;
  /** The same, without a word. */
  hangBefore(statement: string | RegExp): void;
  hangAfter(statement: string | RegExp): void;
  /** Asked of each statement that no fault above is for; the last one given. */
  onStatement(handler: OnStatement): void;
  /** Cuts all that is open. */
  cut(): void;
  /** While it is refused, a connection is reset as soon as it is made. */
  refuse(refused: boolean): void;
}

/** Between a client without TLS and a PostgreSQL server; what is encrypted passes as it is. Stopped with the test. */
export async function aPgProxy(
  t: Test,
  target: { readonly host: string; readonly port: number },
  host = '127.0.0.1',
): Promise<PgProxy> {
  const statements: string[] = [];
  const ends = new Set<() => void>();
  const faults: { readonly fits: (statement: string) => boolean; readonly fate: Fate }[] = [];
  let handler: OnStatement = () => 'pass';
  let isRefusing = false;
  let ever = 0;
  let hits = 0;

  async function fateOf(statement: string): Promise<Fate> {
    statements.push(statement);
    const at = faults.findIndex(({ fits }) => fits(statement));
    const [fault] = at === -1 ? [] : faults.splice(at, 1);
    const fate = fault?.fate ?? (await handler(statement));
    if (fate !== 'pass') hits += 1;
    return fate;
  }

  const server = createServer((client) => {
    ever += 1;
    if (isRefusing) {
      client.resetAndDestroy();
      return;
    }
    const end = relay(client, connect(target), fateOf);
    ends.add(end);
    client.once('close', () => ends.delete(end));
  });
  const port = await freePort(host);
  server.listen(port, host);
  await once(server, 'listening');
  const cut = () => {
    for (const end of ends) end();
  };
  t.teardown(() => {
    cut();
    server.close();
  });
  const strike = (statement: string | RegExp, fate: Fate) => {
    const fits = (text: string) =>
      typeof statement === 'string' ? text.startsWith(statement) : statement.test(text);
    faults.push({ fits, fate });
  };
  return {
    host,
    port,
    statements,
    get connections() {
      return { open: ends.size, ever };
    },
    get hits() {
      return hits;
    },
    cutBefore: (statement) => strike(statement, 'cut-before'),
    cutAfter: (statement) => strike(statement, 'cut-after'),
    hangBefore: (statement) => strike(statement, 'hang-before'),
    hangAfter: (statement) => strike(statement, 'hang-after'),
    onStatement: (next) => {
      handler = next;
    },
    cut,
    refuse: (refused) => {
      isRefusing = refused;
    },
  };
}

/** Returns how to end both sides. */
function relay(client: Socket, server: Socket, fateOf: (statement: string) => Promise<Fate>): () => void {
  let isSilent = false;
  /** Runs when the server is ready for the next statement. */
  let after: 'cut' | 'hang' | undefined;
  const end = () => {
    client.resetAndDestroy();
    server.destroy();
  };
  for (const socket of [client, server]) {
    socket.on('error', end);
    socket.on('close', () => {
      if (!isSilent || socket === client) end();
    });
  }

  const asked = new PgMessages('startup', async (message) => {
    if (isSilent) return;
    const statement = message.statement();
    const fate = statement === undefined ? 'pass' : await fateOf(statement);
    if (fate === 'cut-before') end();
    if (fate === 'hang-before') isSilent = true;
    if (fate === 'cut-after') after = 'cut';
    if (fate === 'hang-after') after = 'hang';
    if (message.type === 'tls') answered.expectByte();
    if (!isSilent && !server.destroyed) server.write(message.raw);
  });
  const answered = new PgMessages('messages', async (message) => {
    if (message.type === 'S!') asked.passOn();
    if (after === undefined && !isSilent && !client.destroyed) client.write(message.raw);
    if (after === undefined || message.type !== 'Z') return;
    if (after === 'cut') end();
    isSilent = true;
  });
  client.on('data', (chunk: Buffer) => asked.take(chunk));
  server.on('data', (chunk: Buffer) => answered.take(chunk));
  return end;
}
