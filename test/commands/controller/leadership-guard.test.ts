import t from 'tap';
import { guardedCluster, guardedPostgres } from '../../../src/commands/controller/leadership-guard.ts';
import type { ApiCall, Cluster } from '../../../src/kube/client/connect.ts';
import { patchSecret, readSecret } from '../../../src/kube/secrets/stored-secrets.ts';
import { aSecret } from '../../helpers/engine/engine.ts';

const LEADERSHIP_LOST = { code: 'LOCKSTEP_LEADERSHIP_LOST' };

/** An API server that records its requests. */
function aCluster() {
  const sent: string[] = [];
  const cluster: Cluster = {
    server: 'https://api',
    call: async ({ method = 'GET', path }: ApiCall) => {
      sent.push(`${method} ${path}`);
      return { object: { metadata: { name: 'app', namespace: 'shop' } }, date: undefined, warnings: [] };
    },
    open: () => Promise.reject(new Error('not asked')),
  };
  return { cluster, sent };
}

t.test('stops each write after the Lease is lost, and no read', async (t) => {
  const { cluster, sent } = aCluster();
  let leads = true;
  const ours = guardedCluster(cluster, () => leads);
  const stored = { secret: aSecret({}), uid: '1', resourceVersion: '1' };
  const edit = { set: new Map(), remove: [] };
  await patchSecret(ours, stored, edit);
  t.match(sent.splice(0), [/^PATCH/]);
  leads = false;
  await t.rejects(patchSecret(ours, stored, edit), LEADERSHIP_LOST);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const)
    await t.rejects(ours.call({ method, path: '/x' }), LEADERSHIP_LOST);
  t.same(sent.splice(0), []);
  await readSecret(ours, { namespace: 'shop', name: 'app' });
  t.match(sent, [/^GET/]);
});

t.test('changes no role of PostgreSQL after the Lease is lost, and closes its connection', async (t) => {
  const done: string[] = [];
  const note = (what: string) => async (): Promise<void> => {
    done.push(what);
  };
  let leads = true;
  const postgres = guardedPostgres(
    {
      tryLogin: () => Promise.reject(new Error('not asked')),
      openServer: async () => ({
        as: 'admin' as const,
        facts: () => Promise.reject(new Error('not asked')),
        role: async () => undefined,
        setPassword: note('setPassword'),
        removeMark: note('unmark'),
        makeAlternate: async () => {
          done.push('makeAlternate');
          return '16384';
        },
        matchPassword: async () => undefined,
        [Symbol.asyncDispose]: note('closed'),
      }),
    },
    () => leads,
  );
  {
    await using server = await postgres.openServer(...([{}, {}, 'admin'] as unknown as OpenArguments));
    await server.removeMark('app');
    leads = false;
    await t.rejects(server.setPassword('app', undefined, undefined), LEADERSHIP_LOST);
    await t.rejects(server.removeMark('app'), LEADERSHIP_LOST);
    await t.rejects(
      server.makeAlternate('app', 'app_alt', { oid: undefined, mark: 'made-1' }),
      LEADERSHIP_LOST,
    );
    t.equal(await server.role('app'), undefined);
  }
  t.same(done, ['unmark', 'closed']);
});

type OpenArguments = Parameters<Parameters<typeof guardedPostgres>[0]['openServer']>;
