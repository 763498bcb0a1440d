import t from 'tap';
import { clusterCertificate } from '../../../src/commands/serve/cluster-certificate.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import { anApiServer, answerJson, aStatus } from '../../helpers/api/fake-api-server.ts';
import { logEvents } from '../../helpers/engine/log-events.ts';
import { until } from '../../testbed/process/until.ts';

const HOUR = 60 * 60 * 1000;
const GARBAGE = Buffer.from('garbage').toString('base64');

t.test(
  'reports a clock that is an hour off, and an invalid Secret, by a metric and one line each',
  async (t) => {
    const looks = { count: 0 };
    const { kubeconfig } = await anApiServer(t, (response, { pathname, searchParams }) => {
      response.setHeader('date', new Date(Date.now() + HOUR).toUTCString());
      if (searchParams.has('fieldManager')) {
        answerJson(response, aStatus(403, 'forbidden'), 403);
      } else if (pathname.endsWith('/secrets/lockstep-webhook-ca')) {
        looks.count += 1;
        answerJson(response, {
          metadata: { resourceVersion: '1' },
          data: { 'ca.crt': GARBAGE, 'ca.key': GARBAGE },
        });
      } else {
        answerJson(response, aStatus(404, 'not found'), 404);
      }
    });
    const { log, lines, fieldsOf } = logEvents();
    const metrics = createMetrics();
    const certificate = await clusterCertificate(
      { cluster: connect({ kubeconfig }), namespace: 'lockstep-system', names: ['localhost'] },
      log,
      metrics,
    );
    t.teardown(certificate.start(() => {}));
    await until('some looks', [], async () => looks.count >= 3);
    t.same(lines.toSorted(), [
      'error certificate rotation failed, retrying',
      "warn this machine's clock and the API server's",
    ]);
    t.match(fieldsOf('certificate rotation failed, retrying'), {
      code: 'LOCKSTEP_CLUSTER_REFUSED',
      reason: /writing Secret lockstep-system\/lockstep-webhook-ca: forbidden/,
    });
    const page = await metrics.render();
    t.match(page, /^lockstep_tls_failing 1$/m);
    const offset = Number(/^lockstep_tls_clock_offset_seconds (.*)$/m.exec(page)?.[1]);
    t.ok(Math.abs(offset - 3600) < 60, `${offset}`);
    t.match(certificate.notReadyReason(new Date()), 'there is none yet');
  },
);
