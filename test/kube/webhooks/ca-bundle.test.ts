import t from 'tap';
import { connect } from '../../../src/kube/client/connect.ts';
import { readCaBundles, writeCaBundle } from '../../../src/kube/webhooks/ca-bundle.ts';
import { kustomize, pick } from '../../helpers/cluster/kustomize.ts';
import { startCluster } from '../../testbed/cluster/cluster.ts';

const KIND = 'ValidatingWebhookConfiguration';
const WEBHOOKS = ['validate', 'policies', 'probe'].map((name) => `${name}.lockstep.dev`);
const each = (pem: string) => WEBHOOKS.map((webhook) => ({ webhook, pem }));

const testbed = await startCluster();
t.teardown(() => testbed.stop());
const cluster = connect({ kubeconfig: testbed.kubeconfig });

t.test(
  'conflicts with a configuration that changed since it was read, and leaves it unchanged',
  async (t) => {
    const input = pick(await kustomize('manifests'), KIND, 'lockstep');
    await testbed.apply(input);
    const before = await readCaBundles(cluster, KIND);
    t.same(before.bundles, each(''));
    await writeCaBundle(cluster, before, 'first');
    await t.rejects(writeCaBundle(cluster, before, 'second'), {
      message:
        'someone else changed it at the same time while writing caBundle of ValidatingWebhookConfiguration lockstep; run the command again',
      exitCode: 2,
    });
    t.same((await readCaBundles(cluster, KIND)).bundles, each('first'));
  },
);
