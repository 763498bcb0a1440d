import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { keyOf, versionIndex } from '../../../src/controllers/informer/version-index.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { secretMetadataTarget } from '../../../src/kube/secrets/secret-metadata.ts';
import { watch } from '../../../src/kube/watch/watch.ts';
import { aCuttingProxy } from '../../helpers/api/cutting-proxy.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { until } from '../../testbed/process/until.ts';

// The connection breaks anywhere, in the list or in the watch. Each change of a Secret is still reported.
const cluster = await aCluster(t);
const proxy = await aCuttingProxy(t, Number(new URL(cluster.server).port));
const kubeconfig = join(cluster.dir, 'through-the-proxy');
const direct = await readFile(cluster.kubeconfig, 'utf8');
await writeFile(kubeconfig, direct.replaceAll(cluster.server, `https://127.0.0.1:${proxy.port}`));

const NAMES = ['one', 'two', 'three', 'four'];
for (const name of NAMES) await write(name, 'created');

async function write(name: string, text: string): Promise<string> {
  const path = '/api/v1/namespaces/default/secrets';
  const body = { metadata: { name, annotations: { text } } };
  const isNew = text === 'created';
  const response = await cluster.request(isNew ? path : `${path}/${name}`, {
    method: isNew ? 'POST' : 'PATCH',
    body,
    ...(isNew ? {} : { contentType: 'application/merge-patch+json' }),
  });
  return response.json().metadata.resourceVersion;
}

/** Watches with cut connections while each Secret changes. Resolves after each change was reported. */
async function watchWhile(cuts: readonly number[], round: number): Promise<void> {
  proxy.cutAfter(cuts);
  const stop = new AbortController();
  const reported = new Map<string, number>();
  const heard = new Map<string, string>();
  const index = versionIndex(
    (key) => reported.set(key, (reported.get(key) ?? 0) + 1),
    async () => {},
  );
  let connections = 0;
  const ended = watch(
    connect({ kubeconfig }),
    secretMetadataTarget(['kube-system']),
    {
      onReplaced: (heads) => {
        for (const head of heads) heard.set(keyOf(head), head.resourceVersion);
        return index.replaced(heads);
      },
      onChanged: (head) => {
        heard.set(keyOf(head), head.resourceVersion);
        index.changed(head);
      },
      onRemoved: index.removed,
      onConnected: () => {
        connections += 1;
      },
      onDisconnected: () => {},
    },
    {
      signal: stop.signal,
      random: () => 0,
      pause: (_, signal) => sleep(5, undefined, { signal }).catch(() => {}),
    },
  );
  const written = new Map<string, string>();
  for (const name of NAMES) written.set(`default/${name}`, await write(name, `round ${round}`));
  await until(`every change, with connections cut after ${cuts.join(' and ')} bytes`, [], () =>
    [...written].every(([key, version]) => heard.get(key) === version && reported.has(key)),
  );
  if (connections === 0) await until('a watch', [], () => connections > 0);
  stop.abort();
  await ended;
}

t.test('a connection that breaks after any number of bytes loses no event', async (t) => {
  await watchWhile([], 0);
  const whole = proxy.passed();
  const step = Math.ceil(whole / 60);
  let cut = 0;
  for (let bytes = 1, round = 1; bytes < whole + step; bytes += step, round++) {
    // The second connection breaks at another byte.
    await watchWhile([bytes, (bytes * 7) % whole], round);
    cut += proxy.cuts();
  }
  t.ok(cut > 60, `${cut} connections were cut, of what is ${whole} bytes in one piece`);
});
