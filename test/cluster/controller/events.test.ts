import t from 'tap';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aCredentialObject } from '../../helpers/login/postgres-credential.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { installController } from '../../testbed/lockstep/controller.ts';
import { until } from '../../testbed/process/until.ts';

// Events that an operator finds on the objects of lockstep, and on a Secret with break-glass.
const { cluster } = await aClusterWithLockstep(t);
const controllers = await installController(cluster);
const first = await controllers.lead('first', { LOCKSTEP_RESYNC_SECONDS: '5' });

interface Told {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

const apply = (...items: readonly object[]) => cluster.apply(items, '--server-side', '--force-conflicts');
const events = async (): Promise<readonly Told[]> => (await cluster.request('/api/v1/events')).json().items;
const reported = async (reason: string, name: string): Promise<readonly Told[]> =>
  (await events()).filter((one) => one.reason === reason && one.involvedObject.name === name);
const untilTold = (reason: string, name: string) =>
  until(`${reason} of ${name}`, [first.daemon], async () => (await reported(reason, name)).length > 0);

const day = (offset: number): string =>
  new Date(Date.now() + offset * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
const aPolicy = (name: string, keys: object, exceptions?: readonly object[]): object =>
  aSecretPolicy(name, { match: { names: [name] }, keys, ...(exceptions && { exceptions }) });

t.test('a SecretPolicy has Events for its version and for its exceptions', async (t) => {
  const exception = { namespace: 'default', name: 'shop', keys: ['A'], reason: 'OPS-1' };
  await apply(
    aPolicy('shop', { A: {} }, [
      { ...exception, until: day(-2) },
      { ...exception, name: 'soon', until: day(3) },
    ]),
  );
  for (const reason of ['PolicyAccepted', 'ExceptionExpired', 'ExceptionExpiresSoon'])
    await untilTold(reason, 'shop');
  const { stdout } = await cluster.mustRun(['describe', 'secretpolicy', 'shop']);
  t.match(stdout, /Normal +PolicyAccepted .*Version 1 is in effect, with the action Enforce/);
  t.match(stdout, /Warning +ExceptionExpiresSoon .*default\/soon \(OPS-1\)/);
  await apply(aPolicy('shop', { A: { required: true } }));
  await until('the next version', [], async () => (await reported('PolicyAccepted', 'shop')).length === 2);
  t.equal((await reported('ExceptionExpired', 'shop')).length, 1);
});

t.test('a PostgresCredential has an Event when it is not ready', async (t) => {
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await apply(aCredentialObject({ secretName: 'nowhere' }));
  const { metadata } = aCredentialObject({ secretName: 'nowhere' }) as { metadata: { name: string } };
  await untilTold('CredentialNotReady', metadata.name);
  const [event] = await reported('CredentialNotReady', metadata.name);
  t.match(event, {
    type: 'Warning',
    message: /^SecretNotFound: /,
    involvedObject: { kind: 'PostgresCredential', name: metadata.name },
  });
});

t.test('a Secret with break-glass has an Event, without the text of its reason', async (t) => {
  const canary = aCanary();
  await apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'glass', namespace: 'default', annotations: { 'lockstep.dev/break-glass': canary } },
    stringData: { TOKEN: canary },
  });
  await untilTold('BreakGlass', 'glass');
  const [event] = await reported('BreakGlass', 'glass');
  t.match(event, { type: 'Warning', involvedObject: { kind: 'Secret' }, message: /audit log/ });
  t.same(findCanaries(JSON.stringify(await events()), [canary]), []);
});

t.test('another leader repeats no Event', async (t) => {
  const count = async () =>
    (await events()).filter(({ reason }) => /^(Policy|Exc|Cred|Break)/.test(reason)).length;
  const before = await count();
  await first.daemon.stop('SIGTERM');
  const second = await controllers.start('second', { LOCKSTEP_RESYNC_SECONDS: '5' });
  await until('the second leader', [second.daemon], second.leads);
  const scanned = /lockstep_controller_resync_last_success_timestamp_seconds [1-9]/;
  await until('a full scan', [second.daemon], async () => scanned.test(await second.metrics()));
  t.equal(await count(), before);
});
