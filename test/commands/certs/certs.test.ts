import { X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { type CertsOptions, certs as run } from '../../../src/commands/certs/certs.ts';
import { parseBundle } from '../../../src/tls/bundle.ts';
import { startRecordingWebhook } from '../../helpers/api/recording-webhook.ts';
import { kustomize, type Loose, withServiceAddress } from '../../helpers/cluster/kustomize.ts';
import { startCluster } from '../../testbed/cluster/cluster.ts';
import { until } from '../../testbed/process/until.ts';

const KINDS = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const;
const HOST = 'lockstep-webhook.lockstep-system.svc';
const DAY = 24 * 60 * 60 * 1000;

const cluster = await startCluster();
t.teardown(() => cluster.stop());
const address = cluster.serviceIP(10);

interface Given extends Partial<CertsOptions> {
  readonly now?: Date;
}

/** Runs `lockstep certs` and returns its output. */
async function certs({ now = new Date(), ...options }: Given = {}): Promise<string> {
  const lines: string[] = [];
  const needs = { now: () => now, print: (line: string) => void lines.push(line), env: {} };
  await run(
    {
      kubeconfig: cluster.kubeconfig,
      lockstepNamespace: 'lockstep-system',
      renew: false,
      dryRun: false,
      ...options,
    },
    needs,
  );
  return lines.join('\n');
}

const kubectl = (args: string, options = {}) => cluster.mustRun(args.split(' '), options);

async function secret() {
  const { stdout } = await kubectl('get secret lockstep-webhook-tls -n lockstep-system -o json');
  const { type, data, metadata } = JSON.parse(stdout);
  const file = (key: string) => Buffer.from(data[key], 'base64').toString();
  return { type, metadata, cert: file('tls.crt'), key: file('tls.key'), ca: file('ca.crt') };
}

async function caBundle(kind: string) {
  const { stdout } = await kubectl(`get ${kind} lockstep -o jsonpath={.webhooks[0].clientConfig.caBundle}`);
  return Buffer.from(stdout, 'base64').toString();
}

const fingerprints = (...pems: string[]) => pems.flatMap(parseBundle).map((each) => each.fingerprint256);

/** Deletes the Secret, and removes its CA from the configurations. */
async function reset() {
  await kubectl('delete secret lockstep-webhook-tls -n lockstep-system --ignore-not-found');
  for (const kind of KINDS) {
    const { stdout } = await kubectl(`get ${kind} lockstep -o jsonpath={.webhooks[*].name}`);
    const patch = stdout.split(' ').map((_, at) => {
      return { op: 'add', path: `/webhooks/${at}/clientConfig/caBundle`, value: '' };
    });
    await kubectl(`patch ${kind} lockstep --type=json -p ${JSON.stringify(patch)}`);
  }
}

t.test('explains in one sentence what comes first, before lockstep is installed', async (t) => {
  await t.rejects(certs(), {
    message: 'there is no MutatingWebhookConfiguration lockstep; run kubectl apply -k manifests first',
    exitCode: 2,
  });
});

/** The versions of all that the command may write. */
async function versions(): Promise<string> {
  const kinds = 'mutatingwebhookconfigurations,validatingwebhookconfigurations';
  const stored = await kubectl(`get ${kinds} lockstep -o jsonpath={.items[*].metadata.resourceVersion}`);
  const secrets = await kubectl(
    'get secrets -n lockstep-system -o jsonpath={.items[*].metadata.resourceVersion}',
  );
  return `${stored.stdout} ${secrets.stdout}`;
}

t.test('refuses where no pod reads the Secret, and writes nothing', async (t) => {
  const input = withServiceAddress(await kustomize('manifests'), address);
  await kubectl('apply -f -', { input });
  const before = await versions();
  for (const renew of [false, true])
    await t.rejects(certs({ renew }), { code: 'LOCKSTEP_CERTIFICATE_UNUSED', exitCode: 2 });
  t.equal(await versions(), before);
});

t.test('installs certificates on an installed lockstep', async (t) => {
  const input = withServiceAddress(await kustomize('manifests/overlays/files'), address);
  await kubectl('apply -f -', { input });
  await kubectl('create namespace team');

  t.test('says each step of a dry run, and writes nothing', async (t) => {
    const before = await versions();
    const said = await certs({ dryRun: true });
    t.match(said, 'would put its CA into caBundle of MutatingWebhookConfiguration lockstep');
    t.match(said, 'would write Secret lockstep-system/lockstep-webhook-tls, because there was none');
    t.equal(await versions(), before);
  });

  t.test('writes the Secret, and makes both configurations trust its CA', async (t) => {
    const said = await certs();
    const { type, cert, key, ca } = await secret();
    t.equal(type, 'kubernetes.io/tls');
    t.equal(new X509Certificate(cert).checkHost(HOST, { subject: 'never' }), HOST);
    for (const kind of KINDS) t.same(fingerprints(await caBundle(kind)), fingerprints(ca), kind);
    t.match(said, 'wrote Secret lockstep-system/lockstep-webhook-tls');
    t.notMatch(said, 'PRIVATE');
    t.notOk(said.includes(key.split('\n')[1]!), 'no key material');
  });

  t.test('changes nothing but caBundle in the configurations', async (t) => {
    await reset();
    const before = await kubectl('get mutatingwebhookconfiguration,validatingwebhookconfiguration -o json');
    await certs();
    const after = await kubectl('get mutatingwebhookconfiguration,validatingwebhookconfiguration -o json');
    const rest = (text: string) =>
      JSON.parse(text).items.map(({ metadata, webhooks }: Loose) => {
        for (const { clientConfig } of webhooks) delete clientConfig.caBundle;
        return [metadata.labels, metadata.annotations, webhooks];
      });
    t.same(rest(after.stdout), rest(before.stdout));
  });

  t.test('changes nothing in a second run', async (t) => {
    await certs();
    const before = await secret();
    t.match(await certs(), 'kept Secret lockstep-system/lockstep-webhook-tls');
    t.same(await secret(), before);
  });

  t.test('renews the certificate after two thirds of its life', async (t) => {
    await certs();
    const before = await secret();
    await certs({ now: new Date(Date.now() + 240 * DAY) });
    t.equal((await secret()).cert, before.cert);
    await certs({ now: new Date(Date.now() + 250 * DAY) });
    t.not((await secret()).cert, before.cert);
  });

  t.test('keeps the old certificate trusted after --renew', async (t) => {
    await reset();
    await certs();
    const old = await secret();
    await certs({ renew: true });
    const renewed = await secret();
    t.not(renewed.ca, old.ca);
    const both = fingerprints(renewed.ca, old.ca);
    for (const kind of KINDS) t.same(fingerprints(await caBundle(kind)), both, kind);

    for (const [name, pair] of Object.entries({ old, renewed })) {
      await using webhook = await startRecordingWebhook(address, 443, HOST, {
        cert: pair.cert,
        private: pair.key,
      });
      // A changed configuration counts a moment after it is stored.
      await until('both webhooks', [], async () => {
        await kubectl('create secret generic probe -n team --dry-run=server');
        return webhook.calls().length === 2;
      });
      await kubectl(`create secret generic ${name} -n team`);
      t.same(webhook.calls(), [`/mutate CREATE team/${name}`, `/validate CREATE team/${name}`]);
    }
  });

  t.test(
    'keeps the certificate in use trusted through a renewal even if the configurations had lost its CA',
    async (t) => {
      await reset();
      await certs();
      const old = await secret();
      await kubectl('delete mutatingwebhookconfiguration,validatingwebhookconfiguration lockstep');
      await kubectl('apply -f -', { input });
      await certs({ renew: true });
      const renewed = await secret();
      t.same(fingerprints(await caBundle(KINDS[1])), fingerprints(renewed.ca, old.ca));
    },
  );

  t.test('keeps the CAs of two runs at once', async (t) => {
    await reset();
    const results = await Promise.allSettled([certs(), certs()]);
    for (const result of results) {
      if (result.status === 'rejected') t.match(result.reason, { code: 'LOCKSTEP_CLUSTER_CONFLICT' });
    }
    await certs();
    const { ca } = await secret();
    for (const kind of KINDS) t.ok(fingerprints(await caBundle(kind)).includes(fingerprints(ca)[0]!), kind);
  });

  t.test('removes an expired CA from the bundle', async (t) => {
    await reset();
    await certs();
    await certs({ now: new Date(Date.now() + 400 * DAY) });
    t.equal(parseBundle(await caBundle(KINDS[0])).length, 1);
  });

  t.test('replaces a caBundle that is no PEM', async (t) => {
    await reset();
    const patch = `[{"op":"add","path":"/webhooks/0/clientConfig/caBundle","value":"${btoa('no PEM')}"}]`;
    await cluster.mustRun(['patch', KINDS[0], 'lockstep', '--type=json', '-p', patch]);
    await certs();
    t.same(fingerprints(await caBundle(KINDS[0])), fingerprints((await secret()).ca));
  });

  t.test('trusts a certificate of the user, and never overwrites it', async (t) => {
    await reset();
    await certs();
    await kubectl('label secret lockstep-webhook-tls -n lockstep-system app.kubernetes.io/managed-by-');
    const theirs = await secret();
    await certs();
    t.same(await secret(), theirs);
    t.same(fingerprints(await caBundle(KINDS[1])), fingerprints(theirs.ca));
    await t.rejects(certs({ renew: true }), { code: 'LOCKSTEP_CERTIFICATE_NOT_OWNED', exitCode: 2 });
    t.same(await secret(), theirs);
  });

  t.test('leaves a certificate of cert-manager alone', async (t) => {
    await reset();
    await certs();
    await kubectl(
      'annotate secret lockstep-webhook-tls -n lockstep-system cert-manager.io/certificate-name=x',
    );
    await kubectl('label secret lockstep-webhook-tls -n lockstep-system app.kubernetes.io/managed-by-');
    await t.rejects(certs(), { code: 'LOCKSTEP_CERTIFICATE_NOT_OWNED', message: /made by cert-manager/ });
  });

  t.test('names the missing right, and the webhook account may read no Secret', async (t) => {
    const kubeconfig = await cluster.serviceAccountKubeconfig('lockstep-system', 'lockstep-webhook');
    await t.rejects(certs({ kubeconfig }), { code: 'LOCKSTEP_CLUSTER_REFUSED', message: /forbidden/ });
    const who = 'system:serviceaccount:lockstep-system:lockstep-webhook';
    for (const verb of ['get', 'list', 'watch']) {
      const { stdout } = await cluster.kubectl(['auth', 'can-i', verb, 'secrets', '-A'], { as: who });
      t.equal(stdout, 'no\n', verb);
    }
  });
});

t.test('writes development files with --cert-dir, keeps good ones, and renews on demand', async (t) => {
  const certDir = join(t.testdir(), 'certs');
  t.match(await certs({ certDir }), 'wrote tls.crt, tls.key and ca.crt');
  t.equal((await stat(join(certDir, 'tls.key'))).mode & 0o777, 0o600);
  t.match(await certs({ certDir }), 'kept');
  t.match(await certs({ certDir, renew: true }), '--renew was given');
});
