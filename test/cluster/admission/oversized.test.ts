import { execa } from 'execa';
import t from 'tap';
import { connect, METADATA_LIST } from '../../../src/kube/client/connect.ts';
import type { SecretMetadata } from '../../../src/kube/secrets/secret-metadata.ts';
import { secretMetadataTarget } from '../../../src/kube/secrets/secret-metadata.ts';
import { watch } from '../../../src/kube/watch/watch.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { installController } from '../../testbed/lockstep/controller.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { until } from '../../testbed/process/until.ts';

// What a tenant may write into etcd, and what stands in etcd without the API server's limits.
const cluster = await aCluster(t, { etcdFlags: ['--max-request-bytes=33554432'] });

const named = (names: readonly SecretMetadata[]): readonly string[] => names.map(({ name }) => name);

/** A Secret of so many `<`, each of which JSON spells with six bytes. */
const aSecretOf = (name: string, count: number, type = 'Opaque') => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type,
  metadata: {
    name,
    namespace: 'default',
    ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: '<'.repeat(count), uid: 'u' }],
  },
});

async function create(secret: object): Promise<void> {
  const { status, text } = await cluster.request('/api/v1/namespaces/default/secrets', {
    method: 'POST',
    body: secret,
  });
  if (status !== 201) throw new Error(text.slice(0, 500));
}

/** Into etcd itself: the API server sends no more than 2 MiB to it. */
async function putIntoEtcd(name: string, secret: object): Promise<void> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const stored = { ...secret, metadata: { ...aSecretOf(name, 2_900_000).metadata, uid: name } };
  const body = { key: base64(`/registry/secrets/default/${name}`), value: base64(JSON.stringify(stored)) };
  const answer = await fetch(`${cluster.etcdUrl}/v3/kv/put`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
}

/** A watch of all Secrets but the system's, and what was told of it. */
function watched() {
  const reported: string[] = [];
  const stop = new AbortController();
  t.teardown(() => stop.abort());
  const tell = (what: string): void => {
    reported.push(what);
  };
  void watch(
    connect({ kubeconfig: cluster.kubeconfig }),
    secretMetadataTarget(['kube-system']),
    {
      onReplaced: (all) => tell(`all ${named(all).join(' ')}`.trim()),
      onChanged: ({ name }) => tell(`changed ${name}`),
      onRemoved: ({ name }) => tell(`removed ${name}`),
      onOversized: ({ namespace, name }) => tell(`too large ${namespace}/${name}`),
      onConnected: () => tell('connected'),
      onDisconnected: ({ message }) => tell(`disconnected ${message}`),
    },
    { signal: stop.signal, random: Math.random },
  );
  return reported;
}

/** `lockstep audit`, and the most memory that it took. MiB. */
async function audited() {
  const report = 'process.on("exit",()=>process.stderr.write(`maxRSS ${process.resourceUsage().maxRSS}\\n`))';
  const { stdout, stderr, exitCode } = await execa(
    process.execPath,
    [
      `--import=data:text/javascript,${encodeURIComponent(report)}`,
      entryPoint(),
      'audit',
      '--kubeconfig',
      cluster.kubeconfig,
    ],
    { reject: false },
  );
  return { stdout, exitCode, memory: Number(/maxRSS (\d+)/.exec(stderr)?.[1]) / 1024 };
}

const reported = watched();

t.test('a cluster without Secrets, whose list has items null, is watched', async (t) => {
  const { text } = await cluster.request('/api/v1/secrets?fieldSelector=metadata.namespace!=kube-system', {
    headers: { accept: METADATA_LIST },
  });
  t.match(text, '"items":null');
  await until('the watch', [], () => reported.length >= 2);
  t.same(reported, ['all', 'connected']);
});

t.test('the largest objects that the API server stores break no watch', async (t) => {
  const type = 'bootstrap.kubernetes.io/token';
  await create(aSecretOf('token-750', 750_000, type));
  await create(aSecretOf('token-1450', 1_450_000, type));
  await create(aSecretOf('large-750', 750_000));
  await create(aSecretOf('large-1450', 1_450_000));
  await create(aSecretOf('small', 1));
  await until('the last one', [], () => reported.includes('changed small'));
  t.same(reported, ['all', 'connected', 'changed large-750', 'changed large-1450', 'changed small']);
});

t.test('what is larger than 16 MiB is named, and the watch and the audit go on', async (t) => {
  await putIntoEtcd('huge', aSecretOf('huge', 1));
  await create({
    ...aSecretOf('weak', 1),
    metadata: { name: 'weak', namespace: 'default' },
    stringData: { JWT_SECRET: 'changeme' },
  });
  await until('the watch to go on', [], () => reported.includes('changed weak'));
  t.same(reported.slice(5), ['too large default/huge', 'changed weak']);
  const again = watched();
  await until('a list with it', [], () => again.includes('connected'));
  t.match(again, ['too large default/huge', /^all .*weak/, 'connected']);

  const { stdout, exitCode } = await audited();
  t.equal(exitCode, 1);
  t.match(stdout, /default\/huge: would be denied\n.*too large to validate/);
  t.match(stdout, /default\/weak: would be denied\n.*JWT_SECRET/);
  t.notMatch(stdout, /token-750/);
});

t.test('a controller reports it, and looks at the rest', async (t) => {
  const controllers = await installController(cluster);
  const { daemon, metrics } = await controllers.start('controller');
  await until('a sweep', [daemon], async () =>
    /^lockstep_controller_resync_last_success_timestamp_seconds [1-9]/m.test(await metrics()),
  );
  await until('the watch', [daemon], async () =>
    /^lockstep_watch_connected\{resource="secrets"\} 1$/m.test(await metrics()),
  );
  let page = '';
  // The watch may tell of the one before a scan has found the other.
  await until('the findings', [daemon], async () => {
    page = await metrics();
    return [
      /^lockstep_controller_policy_findings\{policy="lockstep",rule="too-large",action="Enforce"\} 1$/m,
      /^lockstep_controller_policy_findings\{.*rule="placeholder".*\} 1$/m,
    ].every((finding) => finding.test(page));
  });
  // Log lines are written half a second later.
  await until('the log', [daemon], () => daemon.log().includes('"object":"default/huge"'));
  t.notMatch(daemon.log(), /u003c/);
});

t.test('the memory of an audit does not grow with what a page weighs', async (t) => {
  const add = async (from: number, to: number): Promise<void> => {
    for (let index = from; index < to; index += 1) await create(aSecretOf(`page-${index}`, 1_450_000));
  };
  await add(0, 8);
  const few = await audited();
  await add(8, 32);
  const many = await audited();
  t.comment(`70 MB of JSON: ${Math.round(few.memory)} MiB; 280 MB: ${Math.round(many.memory)} MiB`);
  t.ok(many.memory < few.memory * 1.5, `${few.memory} MiB and ${many.memory} MiB`);
});
