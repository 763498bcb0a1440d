import type { ServerResponse } from 'node:http';
import t from 'tap';
import { clusterPolicies } from '../../../src/commands/pod/cluster-policies.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import { anApiServer, answerJson, aStatus } from '../../helpers/api/fake-api-server.ts';
import { logEvents } from '../../helpers/engine/log-events.ts';
import { until } from '../../testbed/process/until.ts';

const BOOKMARK = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '11' } } };
const aPolicy = {
  apiVersion: 'lockstep.dev/v1alpha1',
  kind: 'SecretPolicy',
  metadata: { name: 'shop', uid: 'u', generation: 1, resourceVersion: '1' },
  spec: { keys: { FIRST: { required: true } } },
};

t.test(
  'keeps the last good policies while rights are missing, and logs one line at each change',
  async (t) => {
    let mayRead = true;
    const open = new Set<ServerResponse>();
    const { kubeconfig } = await anApiServer(t, (response, { pathname, searchParams }) => {
      if (!mayRead) {
        answerJson(response, aStatus(403, 'forbidden'), 403);
      } else if (searchParams.has('watch')) {
        open.add(response);
        response.write(`${JSON.stringify(BOOKMARK)}\n`);
      } else {
        const items = pathname.endsWith('/secretpolicies') ? [aPolicy] : [{ metadata: { name: 'blue' } }];
        answerJson(response, { kind: 'List', metadata: { resourceVersion: '10' }, items });
      }
    });
    const { log, lines } = logEvents();
    const metrics = createMetrics();
    const policies = clusterPolicies({
      cluster: connect({ kubeconfig }),
      files: [],
      writesStatus: undefined,
      log,
      metrics,
    });
    t.match(policies.notReadyReason(), 'have not been read yet');
    t.teardown(policies.start());
    const has = (line: string) => async () => (await metrics.render()).includes(line);
    const CONNECTED = 'lockstep_watch_connected{resource="secretpolicies"}';
    await until('the watch to be open', [], has(`${CONNECTED} 1`));
    t.equal(policies.notReadyReason(), undefined);

    mayRead = false;
    for (const response of open) response.end();
    await until('the watch to be refused', [], has(`${CONNECTED} 0`));
    t.same(
      policies.current().map(({ name }) => name),
      ['shop'],
    );
    t.equal(policies.notReadyReason(), undefined, 'reviews are answered all the same');

    mayRead = true;
    await until('the watch to go on', [], has('lockstep_watch_restarts_total{resource="secretpolicies"} 1'));
    await until('both', [], has('lockstep_watch_restarts_total{resource="namespaces"} 1'));
    t.same(
      lines.filter((line) => line.includes('watch')).toSorted(),
      [
        'info the watch continues',
        'info the watch continues',
        'warn the watch is interrupted: what was known last counts',
        'warn the watch is interrupted: what was known last counts',
      ],
      'one for each of the two',
    );
  },
);

t.test('changes its revision only with a label that a policy may select by', async (t) => {
  const selecting = { ...aPolicy, spec: { match: { namespaceSelector: { matchLabels: { team: 'a' } } } } };
  const watches = new Map<string, ServerResponse>();
  const { kubeconfig } = await anApiServer(t, (response, { pathname, searchParams }) => {
    if (searchParams.has('watch')) {
      watches.set(pathname, response);
      response.write(`${JSON.stringify(BOOKMARK)}\n`);
      return;
    }
    const items = pathname.endsWith('/secretpolicies') ? [selecting] : [{ metadata: { name: 'blue' } }];
    answerJson(response, { kind: 'List', metadata: { resourceVersion: '10' }, items });
  });
  const policies = clusterPolicies({
    cluster: connect({ kubeconfig }),
    files: [],
    writesStatus: undefined,
    log: logEvents().log,
    metrics: createMetrics(),
  });
  t.teardown(policies.start());
  await until('both watches', [], () => policies.notReadyReason() === undefined && watches.size === 2);
  const tell = (labels: object, resourceVersion: string): void => {
    const object = { metadata: { name: 'blue', labels, resourceVersion } };
    watches.get('/api/v1/namespaces')?.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
  };
  const first = policies.revision();
  t.equal(policies.revision(), first);
  tell({ team: 'a' }, '12');
  await until('the label', [], () => policies.labelsOf('blue')?.get('team') === 'a');
  const second = policies.revision();
  t.not(second, first);
  tell({ team: 'a' }, '13');
  tell({ team: 'b' }, '14');
  await until('another label', [], () => policies.labelsOf('blue')?.get('team') === 'b');
  t.not(policies.revision(), second);
});
