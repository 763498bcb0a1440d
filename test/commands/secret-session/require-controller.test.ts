import t from 'tap';
import { requireController } from '../../../src/commands/secret-session/require-controller.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { anApiServer, answerJson, aStatus } from '../../helpers/api/fake-api-server.ts';

/** The answer to a command with these options, from an API server that answers each call with this code. */
async function required(
  code: number,
  given: { readonly context?: string; readonly lockstepNamespace?: string } = {},
) {
  const { kubeconfig } = await anApiServer(t, (response) => answerJson(response, aStatus(code, 'no'), code));
  const options = { timeout: 1, lockstepNamespace: 'lockstep-system', ...given };
  return await requireController({ cluster: connect({ kubeconfig }), options }).then(
    () => 'passed',
    ({ message }) => message,
  );
}

t.test('names the command that starts a controller for the same cluster', async (t) => {
  t.equal(
    await required(404),
    'no controller leads in the namespace lockstep-system, so nothing was written; lockstep controller starts one, also from this machine',
  );
  t.match(
    await required(404, { context: 'prod', lockstepNamespace: 'ours' }),
    /namespace ours, .*; lockstep controller --context prod --lockstep-namespace ours starts one/,
  );
});

t.test('lets a user pass who may not read the Lease', async (t) => {
  t.equal(await required(403), 'passed');
});
