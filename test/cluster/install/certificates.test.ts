import t from 'tap';
import { parseBundle } from '../../../src/tls/bundle.ts';
import { createCa } from '../../../src/tls/ca.ts';
import { aCaCluster, trusts } from '../../helpers/tls/ca-cluster.ts';
import type { Replica } from '../../testbed/lockstep/replica.ts';
import { until } from '../../testbed/process/until.ts';

/**
 * The certificate rotator on a real API server, with only the rights of manifests/base. Each test breaks something, and
 * repairs it for the next.
 */
const MANAGER = 'lockstep';
const TROUBLED = 'certificate rotation failed, retrying';
const MENDED = 'certificate rotation works again';

// A pod looks every ten seconds. Milliseconds.
t.setTimeout(10 * 60 * 1000);
const world = await aCaCluster(t);
const { cluster, replicas, shipped, apply, bundles, secretData, secretText, denies } = world;
const stranger = await createCa({ now: new Date(), days: 1 });

// biome-ignore lint/suspicious/noExplicitAny: an object of the API server
type Any = any;

/** All objects that concern the certificate. */
const kept = async () => ({ bundles: await bundles(), secret: await secretData() });

t.test('agrees on one trusted CA when two replicas start at once', async (t) => {
  await t.resolves(world.untilTrusted());
  const all = await bundles();
  t.equal(all.length, 4, 'each webhook has a caBundle');
  t.equal(new Set(all).size, 1);
  t.equal(parseBundle(all[0]!).length, 1);
  t.equal(all[0], await secretText('ca.crt'));
  const made = () => replicas.flatMap((each) => lines(each, 'made a CA')).length;
  await until('the line of who made it', [], () => made() > 0);
  t.equal(made(), 1);
  t.equal(await denies(), true, 'the API server trusts the one that it calls');
});

t.test('owns only caBundle of the configurations, and changes nothing else', async (t) => {
  const found = await world.configurations();
  for (const { metadata, webhooks } of found) {
    const own = metadata.managedFields.filter(({ manager }: Any) => manager === MANAGER);
    const bundle = { '.': {}, 'f:name': {}, 'f:clientConfig': { 'f:caBundle': {} } };
    const fields = webhooks.map(({ name }: Any) => [`k:{"name":"${name}"}`, bundle]);
    t.equal(own.length, 1);
    t.equal(own[0].operation, 'Apply');
    t.same(own[0].fieldsV1, { 'f:webhooks': Object.fromEntries(fields) });
  }
  t.same(found.map(withoutBundles), shipped.map(withoutBundles));
});

for (const [how, flags] of [
  ['by kubectl', []],
  ['server-side', ['--server-side', '--force-conflicts']],
  ['server-side once more', ['--server-side']],
] as const) {
  t.test(`keeps the caBundle when the manifests are applied again ${how}`, async (t) => {
    const before = await kept();
    await apply(...flags);
    t.same(await kept(), before);
    t.equal(await denies(), true);
  });
}

for (const [what, pem] of [
  ['emptied', ''],
  ['filled with what is no PEM', 'no certificate'],
  ['filled with another CA', `by hand\n${stranger.cert}`],
] as const) {
  t.test(`restores a caBundle that is ${what}, and changes nothing else`, async (t) => {
    await world.untilStable();
    const before = await kept();
    await world.setBundles(pem);
    await world.untilBundle(before.bundles[0]!);
    t.equal(await denies(), true);
    t.same((await world.configurations()).map(withoutBundles), shipped.map(withoutBundles));
    t.same(await kept(), before);
  });
}

t.test('restores the caBundle after kubectl replace', async (t) => {
  await world.untilStable();
  const before = await kept();
  const items = shipped.map(({ apiVersion, kind, metadata: { name, labels }, webhooks }) => {
    return { apiVersion, kind, metadata: { name, labels }, webhooks };
  });
  await cluster.mustRun(['replace', '-f', '-'], { input: { apiVersion: 'v1', kind: 'List', items } });
  await world.untilBundle(before.bundles[0]!);
  t.equal(await denies(), true);
});

t.test('serves without its Secret, logs that once, and adds a new CA next to the old', async (t) => {
  await world.untilStable();
  const said = linesNow();
  const [old = ''] = await bundles();
  await world.deleteSecret();
  await world.untilFailing(1);
  await world.untilAsked(3, 404);
  t.same(since(said), { troubled: [1, 1], mended: [0, 0] }, 'one line, not one for each attempt');
  for (const replica of replicas) {
    t.match(lines(replica, TROUBLED).at(-1), { level: 'error', code: 'LOCKSTEP_CA_SECRET_NOT_FOUND' });
  }
  await world.setBundles('');
  await world.untilBundle(old);
  t.equal(await denies(), true);

  await apply();
  await world.untilFailing(0);
  await world.untilTrusted();
  await untilMended(said);
  t.same(since(said), { troubled: [1, 1], mended: [1, 1] });
  const signer = await secretText('ca.crt');
  t.not(signer, old);
  t.same(await bundles(), Array(4).fill(signer + old), 'both are trusted');
  t.equal(await denies(), true);
});

const garbage = (text: string) => Buffer.from(text).toString('base64');
for (const [what, change] of [
  ['emptied', () => null],
  ['filled with garbage', (keys: string[]) => Object.fromEntries(keys.map((key) => [key, garbage(key)]))],
  [
    'given the key of another CA',
    () => ({ 'ca.key': garbage(stranger.key.withPlaintext(({ text }) => text ?? '')) }),
  ],
] as const) {
  t.test(`creates a new CA for a Secret that is ${what}, and keeps the trusted CAs`, async (t) => {
    await world.untilStable();
    const said = linesNow();
    const [before = ''] = await bundles();
    const signer = await secretText('ca.crt');
    await world.patchSecret(change(Object.keys(await secretData())));
    await until('another CA', [], async () => {
      const [first] = await bundles();
      return first?.startsWith((await secretText('ca.crt')) ?? '-') === true && !first.startsWith(signer!);
    });
    await world.untilTrusted();
    const after = parseBundle((await bundles())[0]!).map(String);
    for (const each of parseBundle(before)) t.ok(after.includes(each.toString()));
    t.equal(await denies(), true);
    t.same(since(said), { troubled: [0, 0], mended: [0, 0] });
  });
}

t.test('serves without its rights, logs that once, and continues after they return', async (t) => {
  await world.untilStable();
  const said = linesNow();
  const before = await kept();
  const gone = [
    ['clusterrolebinding', 'lockstep-webhook'],
    ['-n', 'lockstep-system', 'rolebinding', 'lockstep-webhook'],
  ];
  for (const which of gone) await cluster.mustRun(['delete', ...which]);
  await world.untilFailing(1);
  await world.untilAsked(6, 403);
  t.same(since(said), { troubled: [1, 1], mended: [0, 0] });
  for (const replica of replicas) {
    t.match(lines(replica, TROUBLED).at(-1), { level: 'error', code: 'LOCKSTEP_CLUSTER_REFUSED' });
  }
  t.same(await kept(), before);
  t.equal(await denies(), true);

  await apply();
  await world.untilFailing(0);
  await world.untilTrusted();
  await untilMended(said);
  t.same(since(said), { troubled: [1, 1], mended: [1, 1] });
  t.same(await kept(), before);
});

let third: Replica | undefined;
t.test('uses the existing CA in a replica that starts later', async (t) => {
  const before = await kept();
  third = await world.start('third', cluster.serviceIP(22));
  for (const bundle of before.bundles) t.equal(await trusts(bundle, third.place), true);
  t.same(await kept(), before);
});

t.test('logs no key of a CA', async (t) => {
  const key = (await secretText('ca.key')) ?? '';
  const piece = key.split('\n')[1]?.slice(20, 60) ?? '';
  t.equal(piece.length, 40);
  for (const { daemon } of replicas) t.notOk(daemon.log().includes(piece));
});

t.test('docs/operate/certificates.md: replaces a compromised CA completely', async (t) => {
  const old = await secretText('ca.crt');
  for (const { daemon } of [...replicas, third!]) await daemon.stop();
  const doomed = ['mutatingwebhookconfiguration,validatingwebhookconfiguration', 'lockstep'];
  await cluster.mustRun(['delete', ...doomed]);
  await world.deleteSecret();
  await apply();
  await Promise.all(replicas.map(({ place, daemon }) => world.start(daemon.name, place)));
  await world.untilTrusted();
  const [bundle = ''] = await bundles();
  t.equal(parseBundle(bundle).length, 1);
  t.not(bundle, old);
  t.equal(await denies(), true);
});

function withoutBundles({ webhooks }: Any): object[] {
  return webhooks.map(({ clientConfig: { caBundle, ...clientConfig }, ...webhook }: Any) => {
    return { ...webhook, clientConfig };
  });
}

/** The log lines with this message. */
function lines({ daemon }: Replica, message: string): Any[] {
  const all = daemon
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  return all.map((line): Any => JSON.parse(line)).filter((line) => line.message === message);
}

const linesNow = () => ({ troubled: count(TROUBLED), mended: count(MENDED) });
const count = (message: string) => replicas.map((each) => lines(each, message).length);

/** Log lines are written half a second later. */
const untilMended = (said: ReturnType<typeof linesNow>) =>
  until(`"${MENDED}"`, [], () => since(said).mended.every((lines) => lines > 0));

function since(said: ReturnType<typeof linesNow>) {
  const now = linesNow();
  const less = (those: number[], these: number[]) => those.map((each, at) => each - (these[at] ?? 0));
  return { troubled: less(now.troubled, said.troubled), mended: less(now.mended, said.mended) };
}
