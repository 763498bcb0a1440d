import process from 'node:process';
import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';

/** The informer of @kubernetes/client-node over all Secrets. Says so when it has them all. */
const config = new KubeConfig();
config.loadFromFile(process.argv[2] ?? '');
const api = config.makeApiClient(CoreV1Api);
const informer = makeInformer(config, '/api/v1/secrets', () => api.listSecretForAllNamespaces());
informer.on('connect', () => process.stderr.write('connected\n'));
informer.on('error', (error: unknown) => {
  throw error;
});
process.stderr.write('loaded\n');
// Until what is measured has begun.
await new Promise((resolve) => setTimeout(resolve, 1000));
const begun = performance.now();
await informer.start();
process.stderr.write(`synced ${informer.list().length} in ${(performance.now() - begun).toFixed(0)} ms\n`);
setInterval(() => {}, 60_000);
