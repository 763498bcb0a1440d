import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateAuthority, createCa, issueLeaf, servingNames } from '../../../src/tls/ca.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { startReplica } from '../../testbed/lockstep/replica.ts';
import { freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';
import { aTeam, base64 } from '../cluster/team.ts';
import type { Failure } from './failure.ts';
import { BAD_SECRET, type FailureCluster, GOOD_SECRET, untilValidated } from './failure-cluster.ts';
import { seconds } from './row.ts';

const CA_SECRET = '/api/v1/namespaces/lockstep-system/secrets/lockstep-webhook-ca';
const TLS_SECRET = '/api/v1/namespaces/lockstep-system/secrets/lockstep-webhook-tls';
const CONFIGURATIONS = ['mutating', 'validating'].map(
  (kind) => `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/lockstep`,
);

/** The API server can't trust who answers. */
export const CERTIFICATES: readonly Failure[] = [
  {
    name: 'the certificate expires, one that you brought',
    run: async (t, env, { user, seen, fix, lasts }) => {
      const { cluster } = env;
      const team = await aTeam(cluster);
      await env.lockstep().stop();
      const authority = await createCa({ now: new Date(), days: 1 });
      await trustToo(cluster, authority.cert);
      const folder = join(cluster.dir, 'brought');
      await bring(cluster, authority, 24 * 60 * 60);
      // As in the overlay `files`. `lockstep certs` writes no Secret that nothing reads.
      const volumes = [{ name: 'brought', secret: { secretName: 'lockstep-webhook-tls' } }];
      const patch = JSON.stringify({ spec: { template: { spec: { volumes } } } });
      await cluster.mustRun([
        '-n',
        'lockstep-system',
        'patch',
        'deployment',
        'lockstep-webhook',
        '-p',
        patch,
      ]);
      await mount(cluster, folder);
      const { address, port } = env.lockstep();
      const place = { address, port, metricsPort: await freePort(address) };
      const replica = await startReplica(cluster, 'lockstep-files', place, {
        LOCKSTEP_KUBECONFIG: await cluster.serviceAccountKubeconfig('lockstep-system', 'lockstep-webhook'),
        LOCKSTEP_CERT_DIR: folder,
      });
      const untilReadyIs = (is: 0 | 1) =>
        until(`lockstep_ready ${is}`, [replica.daemon], async () =>
          (await replica.metrics()).includes(`\nlockstep_ready ${is}\n`),
        );
      try {
        await untilValidated(env);
        // A pod looks at its files every five seconds.
        await bring(cluster, authority, 12);
        await mount(cluster, folder);
        await untilReadyIs(0);

        // Open connections continue for 90 s without a write. With another caBundle the API server connects again.
        await trustToo(cluster, authority.cert);
        let waited = 0;
        await until('a write that is refused', [], async () => {
          const write = await user(() =>
            team.kubectl('create -f - --dry-run=server', { input: GOOD_SECRET }),
          );
          waited = write.ms;
          return write.stderr.includes('x509: certificate has expired or is not yet valid');
        });
        seen(`a right Secret is refused on a new connection, in ${seconds(waited)}`);

        await lasts(async () => {
          await fix('lockstep certs');
          await mount(cluster, folder);
          await untilReadyIs(1);
        }, 'until the pod is ready with the new one');
        const write = await user(() => team.kubectl('apply -f -', { input: GOOD_SECRET }));
        t.equal(write.exitCode, 0, write.stderr);
      } finally {
        await replica.daemon.stop();
      }
      await env.lockstep().start();
    },
  },
  {
    name: 'the CA Secret is deleted',
    run: async (t, env, { user, seen, fix, lasts }) => {
      const { cluster } = env;
      const team = await aTeam(cluster);
      const before = (await cluster.request(CA_SECRET)).json().data;
      await cluster.mustRun(['-n', 'lockstep-system', 'delete', 'secret', 'lockstep-webhook-ca']);
      await until('the pods to notice', [], () => isFailing(env, true));
      const write = await user(() => team.kubectl('apply -f -', { input: GOOD_SECRET }));
      t.equal(write.exitCode, 0, write.stderr);
      const wrong = await user(() => team.kubectl('replace -f -', { input: BAD_SECRET }));
      t.match(wrong.stderr, '[lockstep/placeholder]');
      seen('nothing: the pods serve on');

      await lasts(async () => {
        await fix('kubectl apply -k manifests/overlays/fail-closed');
        await until('a new CA', [], async () => {
          const { data } = (await cluster.request(CA_SECRET)).json();
          return data !== undefined && JSON.stringify(data) !== JSON.stringify(before);
        });
        await until('the pods to be content', [], () => isFailing(env, false));
      }, 'until there is a new CA');
      await untilValidated(env);
    },
  },
  {
    name: 'caBundle is emptied',
    run: async (t, env, { user, seen, lasts }) => {
      const { cluster } = env;
      const team = await aTeam(cluster);
      let waited = 0;
      await lasts(async () => {
        await until('a write that is refused', [], async () => {
          // At each try: a pod may have looked in between.
          for (const path of CONFIGURATIONS) await patchBundle(cluster, path, '');
          const write = await user(() =>
            team.kubectl('create -f - --dry-run=server', { input: GOOD_SECRET }),
          );
          waited = write.ms;
          return write.stderr.includes('x509: certificate signed by unknown authority');
        });
        await untilValidated(env);
      }, 'until the pods have put it back');
      seen(`a right Secret is refused, in ${seconds(waited)}`);
      const write = await user(() => team.kubectl('apply -f -', { input: GOOD_SECRET }));
      t.equal(write.exitCode, 0, write.stderr);
    },
  },
];

const isFailing = async (env: FailureCluster, is: boolean): Promise<boolean> =>
  (await env.lockstep().metrics()).includes(`\nlockstep_tls_failing ${is ? 1 : 0}\n`);

/** A certificate that ends in so many seconds, in the Secret that the overlay `files` mounts. */
async function bring(cluster: Cluster, authority: CertificateAuthority, lifetime: number): Promise<void> {
  const names = servingNames('lockstep-webhook', 'lockstep-system');
  const leaf = await issueLeaf(authority, names, { now: new Date(), days: lifetime / (24 * 60 * 60) });
  const metadata = {
    namespace: 'lockstep-system',
    name: 'lockstep-webhook-tls',
    // `lockstep certs` replaces only what it made itself.
    labels: { 'app.kubernetes.io/managed-by': 'lockstep-certs' },
  };
  const key = leaf.key.withPlaintext(({ text }) => text ?? '');
  const stringData = { 'tls.crt': leaf.cert, 'tls.key': key, 'ca.crt': leaf.ca };
  const input = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, stringData };
  await cluster.apply(input);
}

async function trustToo(cluster: Cluster, ca: string): Promise<void> {
  for (const path of CONFIGURATIONS) {
    const { webhooks } = (await cluster.request(path)).json();
    const before = Buffer.from(webhooks[0].clientConfig.caBundle ?? '', 'base64').toString();
    await patchBundle(cluster, path, base64(`${before}\n${ca}`));
  }
}

async function patchBundle({ request }: Cluster, path: string, caBundle: string): Promise<void> {
  const { webhooks } = (await request(path)).json() as { webhooks: { clientConfig: object }[] };
  const body = webhooks.map((_, index) => ({
    op: 'add',
    path: `/webhooks/${index}/clientConfig/caBundle`,
    value: caBundle,
  }));
  const { status, text } = await request(path, {
    method: 'PATCH',
    body,
    contentType: 'application/json-patch+json',
  });
  if (status !== 200) throw new Error(text);
}

/** Updates the volume of the Pod, as the kubelet does. */
async function mount({ request }: Cluster, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { data } = (await request(TLS_SECRET)).json() as { data: Record<string, string> };
  for (const [name, value] of Object.entries(data)) {
    writeFileSync(join(folder, name), Buffer.from(value, 'base64'), { mode: 0o600 });
  }
}
