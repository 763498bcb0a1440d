import process from 'node:process';
import { inspect } from 'node:util';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { tryLogin } from '../../../src/redis/login.ts';
import { openUserServer } from '../../../src/redis/user-server.ts';

/**
 * Uses the client of Redis on the server of `argv`, and prints each error in each way. The fourth argument is a port
 * that sends back each command in an error.
 */
const [, , host = '', port = '', echoPort = '', admin = '', before = '', after = ''] = process.argv;
const options = { timeout: 60_000, mayChange: ['app'] };
const address = { host, port: Number(port), tls: { mode: 'disable' } } as const;
const echo = { ...address, port: Number(echoPort) };
const login = (role: string, password: string) => ({ role, password: Sensitive.fromText(password) });

async function attempt(work: () => Promise<unknown>): Promise<void> {
  try {
    console.log(await work());
  } catch (error) {
    console.log(error, inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), String(error));
  }
}

const keep = Sensitive.fromText(after);
await attempt(() => tryLogin(address, login('app', before), options));
await attempt(() => tryLogin(address, login('app', after), options));
await attempt(() => tryLogin(echo, login('app', before), options));
await attempt(() => openUserServer(address, login('admin', after), options));
await attempt(() => openUserServer(echo, login('admin', admin), options));
await attempt(async () => {
  await using server = await openUserServer(address, login('admin', admin), options);
  console.log(await server.user('app', [keep]));
  await server.changePasswords('app', { keep, remove: [Sensitive.fromText(before)] });
  await attempt(() => server.changePasswords('nobody', { keep, remove: [] }));
  await server.save();
});
await attempt(async () => {
  await using server = await openUserServer(address, login('app', after), options);
  await server.changePasswords('app', { keep, remove: [] });
});
