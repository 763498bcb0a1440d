import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { openRoleServer } from '../../../src/postgres/roles/open-role-server.ts';
import { tryLogin } from '../../../src/redis/login.ts';
import { openUserServer } from '../../../src/redis/user-server.ts';
import { logIn } from '../login/login.ts';

/** A request to this program. A test starts it as a child, because a parser that loops stops every timer. */
export interface ClientRequest {
  readonly port: number;
  /** `login` tries a login, `role` reads a role in a session; the others do the same on Redis. */
  readonly work: 'login' | 'role' | 'redis-login' | 'redis-user';
  /** The number of logins at once. */
  readonly times?: number;
}

/** The results, each as the kind of a login or the name and code of an error. */
export interface ClientReply {
  readonly results: readonly string[];
  /** The most resident memory so far, in MiB. */
  readonly maxRss: number;
}

const HOST = '127.0.0.1';
const target = { host: HOST, database: 'shop', tls: { mode: 'disable' } } as const;
const credential = { role: 'app', password: Sensitive.fromText('of the app') };

process.on('message', async ({ port, work, times = 1 }: ClientRequest) => {
  const results = await Promise.all(Array.from({ length: times }, () => resultOf(port, work)));
  // An error outside of the work ends the process before it answers.
  await sleep(0);
  process.send?.({ results, maxRss: process.resourceUsage().maxRSS / 1024 } satisfies ClientReply);
});

async function resultOf(port: number, work: ClientRequest['work']): Promise<string> {
  try {
    if (work === 'login') return (await logIn({ host: HOST, port })).kind;
    if (work === 'redis-login')
      return (await tryLogin({ ...target, port }, credential, { timeout: 60_000 })).kind;
    if (work === 'redis-user') {
      const scope = { mayChange: [], timeout: 60_000 };
      await using server = await openUserServer({ ...target, port }, credential, scope);
      return (await server.user('app', [])) === undefined ? 'no user' : 'user';
    }
    const options = { as: 'self', mayChange: [], timeout: 60_000 } as const;
    await using server = await openRoleServer({ ...target, port }, credential, options);
    return (await server.role('app')) === undefined ? 'no role' : 'role';
  } catch (error) {
    if (!(error instanceof Error)) return typeof error;
    return 'code' in error ? `${error.name} ${error.code}` : error.name;
  }
}
