import { Readable } from 'node:stream';
import t from 'tap';
import { LockstepError } from '../../../src/errors/errors.ts';
import { ApiStatusError } from '../../../src/kube/client/api-error.ts';
import type { Cluster } from '../../../src/kube/client/connect.ts';
import { parseSample, readStorageMetrics } from '../../../src/kube/doctor/storage-metrics.ts';

/** An API server with these metrics, however they are cut into chunks. */
const aCluster = (open: () => Readable): Cluster => ({
  server: 'https://api',
  call: () => Promise.reject(new Error('not asked')),
  open: async () => open() as Awaited<ReturnType<Cluster['open']>>,
});
const counted = (...lines: readonly string[]) =>
  readStorageMetrics(aCluster(() => Readable.from(cut(Buffer.from(`${lines.join('\n')}\n`)))));

function* cut(whole: Buffer): Generator<Buffer> {
  for (let at = 0; at < whole.length; at += 7) yield whole.subarray(at, at + 7);
}

const OPERATIONS = 'apiserver_storage_transformation_operations_total';
const operation = (type: string, prefix: string, more = 'resource="secrets",status="OK"') =>
  `${OPERATIONS}{${more},transformation_type="${type}",transformer_prefix="${prefix}"} 2`;

t.test('counts transformations of Secrets by direction and prefix', async (t) => {
  const facts = await counted(
    `# HELP ${OPERATIONS} [ALPHA] Total number of transformations.`,
    operation('to_storage', 'k8s:enc:aescbc:v1:'),
    operation('from_storage', 'identity'),
    operation('from_storage', 'identity', 'resource="configmaps",status="OK"'),
    operation('from_storage', 'k8s:enc:aescbc:v1:', 'resource="secrets",status="unknown-non-grpc"'),
  );
  t.same([...facts.written], [['k8s:enc:aescbc:v1:', 2]]);
  t.same([...facts.read], [['identity', 2]]);
  t.equal(facts.failed, 2);
});

t.test('reads transformations without a resource label before 1.32', async (t) => {
  const { written, countsByKind } = await counted(
    operation('to_storage', 'k8s:enc:aescbc:v1:', 'status="OK"'),
  );
  t.same([...written], [['k8s:enc:aescbc:v1:', 2]]);
  t.equal(countsByKind, false);
  t.equal((await counted(operation('to_storage', 'k8s:enc:aescbc:v1:'))).countsByKind, true);
});

t.test('detects Secrets in etcd by writes and by object counts', async (t) => {
  for (const [line, stored] of [
    ['etcd_requests_total{group="",operation="create",resource="secrets"} 3', 3],
    ['etcd_requests_total{operation="update",type="*core.Secret"} 3', 3],
    ['etcd_requests_total{group="",operation="listStream",resource="secrets"} 3', 0],
    ['etcd_requests_total{group="example.com",operation="create",resource="secrets"} 3', 0],
    ['apiserver_resource_objects{group="",resource="secrets"} 3', 3],
    ['apiserver_storage_objects{resource="secrets"} 3', 3],
    ['apiserver_storage_objects{resource="secrets"} -1', 0],
    ['apiserver_resource_objects{group="",resource="pods"} 3', 0],
  ] as const)
    t.equal((await counted(line)).stored, stored, line);
});

t.test('detects a loaded EncryptionConfiguration', async (t) => {
  t.equal((await counted('process_start_time_seconds 1.79561645631e+09')).hasConfiguration, false);
  const line = 'apiserver_encryption_config_controller_last_config_info{hash="sha256:0"} 1';
  t.equal((await counted(line)).hasConfiguration, true);
});

t.test('parses labels that hold their own delimiters', async (t) => {
  t.same(parseSample('a_total{x="a\\"}\\\\ b\\n",y="{"} 1e3 1700000000'), {
    name: 'a_total',
    labels: new Map([
      ['x', 'a"}\\ b\n'],
      ['y', '{'],
    ]),
    value: 1000,
  });
  for (const line of ['', '# TYPE a counter', 'a', 'a{', 'a{} x', '}{ 1'])
    t.equal(parseSample(line), undefined, line);
});

t.test('stops at endless metrics', async (t) => {
  const endless = function* (): Generator<Buffer> {
    for (;;) yield Buffer.concat([Buffer.alloc(1024 * 1024, 'a'), Buffer.from('\n')]);
  };
  await t.rejects(readStorageMetrics(aCluster(() => Readable.from(endless()))), {
    message: /larger than 256 MiB/,
  });
  const line = function* (): Generator<Buffer> {
    for (;;) yield Buffer.alloc(1024 * 1024, 'a');
  };
  await t.rejects(readStorageMetrics(aCluster(() => Readable.from(line()))), {
    message: /larger than 256 MiB/,
  });
});

t.test('reports the refusal of the API server without the right', async (t) => {
  const cluster = aCluster(() => {
    throw new ApiStatusError(403, '{"message":"forbidden: User \\"x\\" cannot get path \\"/metrics\\""}');
  });
  await t.rejects(readStorageMetrics(cluster), {
    code: 'LOCKSTEP_CLUSTER_REFUSED',
    message: /while reading \/metrics: forbidden/,
  });
  await t.rejects(readStorageMetrics(cluster), LockstepError);
});
