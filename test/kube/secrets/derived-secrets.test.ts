import t, { type Test } from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import { writeDerivedSecret } from '../../../src/kube/secrets/derived-secrets.ts';
import { storedSecretOf } from '../../../src/kube/secrets/stored-secrets.ts';
import { anApiServer, answerJson, aStatus } from '../../helpers/api/fake-api-server.ts';

const VALUE = 'orchid-lantern-basalt';
const OWNER = storedSecretOf({
  metadata: { name: 'app', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
});

/** The error for a derived Secret whose write is denied. */
async function refused(t: Test, code: number, message: string): Promise<unknown> {
  const { kubeconfig } = await anApiServer(t, (response) =>
    answerJson(response, aStatus(code, message), code),
  );
  const data = new Map([['URL', Sensitive.fromText(VALUE)]]);
  return writeDerivedSecret(connect({ kubeconfig }), OWNER, data, undefined).catch((error) => error);
}

t.test('names only the webhook that denies a derived Secret', async (t) => {
  const message = `admission webhook "deny.example.com" denied the request: no ${VALUE}`;
  for (const code of [400, 403, 404, 409, 422, 500]) {
    t.match(await refused(t, code, message), {
      code: 'LOCKSTEP_SECRET_REFUSED',
      message: 'Secret shop/app-derived may not be written: the admission webhook deny.example.com denies it',
    });
  }
});

t.test('repeats the message of a quota, and conflicts with an earlier writer', async (t) => {
  t.match(await refused(t, 403, 'secrets "app-derived" is forbidden: exceeded quota: q'), {
    code: 'LOCKSTEP_SECRET_REFUSED',
    message: /exceeded quota: q/,
  });
  t.match(await refused(t, 409, 'already exists'), { code: 'LOCKSTEP_CLUSTER_CONFLICT' });
});
