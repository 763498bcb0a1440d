import t from 'tap';
import type { ObservedSecret } from '../../../src/controllers/ports.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import {
  dryRunPatch,
  patchSecret,
  readSecret,
  storedSecretOf,
} from '../../../src/kube/secrets/stored-secrets.ts';
import { anApiServer, answerJson } from '../../helpers/api/fake-api-server.ts';

const SECRET = {
  metadata: {
    name: 'app',
    namespace: 'shop',
    uid: 'u-1',
    resourceVersion: '7',
    creationTimestamp: '2026-11-01T00:00:00Z',
    managedFields: [
      { manager: 'helm', time: '2026-11-02T00:00:00Z', fieldsV1: { 'f:data': {} } },
      { manager: 'kubectl-edit', time: '2026-11-03T00:00:00Z', fieldsV1: { 'f:data': {} } },
      { manager: 'kubectl-label', time: '2026-11-04T00:00:00Z', fieldsV1: { 'f:metadata': {} } },
      { manager: 'broken' },
    ],
  },
  data: { KEY: 'YWJj' },
};

t.test('names the manager that wrote values last as the last writer', async (t) => {
  const stored = storedSecretOf(SECRET);
  t.same(stored.written, { by: 'kubectl-edit', time: new Date('2026-11-03T00:00:00Z') });
  t.match(stored, { uid: 'u-1', resourceVersion: '7', created: new Date('2026-11-01T00:00:00Z') });
});

t.test('uses the creation as the last write of a Secret without managers', async (t) => {
  const { managedFields: _, ...metadata } = SECRET.metadata;
  t.same(storedSecretOf({ ...SECRET, metadata }).written, {
    by: 'unknown',
    time: new Date('2026-11-01T00:00:00Z'),
  });
});

t.test('returns undefined for a missing Secret', async (t) => {
  const { kubeconfig } = await anApiServer(t, (response) => answerJson(response, { code: 404 }, 404));
  t.equal(await readSecret(connect({ kubeconfig }), { namespace: 'shop', name: 'app' }), undefined);
});

/** The error for a write with this answer. */
async function refused(t: Parameters<typeof anApiServer>[0], code: number, status: object): Promise<string> {
  const { kubeconfig } = await anApiServer(t, (response) => answerJson(response, { code, ...status }, code));
  const edit = { set: new Map([['KEY', Sensitive.fromText('canary-value-1')]]), remove: [] };
  const write = patchSecret(connect({ kubeconfig }), storedSecretOf(SECRET), edit);
  return write.then(
    () => 'written',
    ({ message }: Error) => message,
  );
}

t.test('names only the webhook or policy of a denial', async (t) => {
  for (const [code, message, reported] of [
    [
      400,
      'admission webhook "deny.example.com" denied the request: canary-value-1',
      'deny.example.com denies',
    ],
    [
      422,
      "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: canary-value-1",
      "Policy 'p' denies",
    ],
    [403, 'secrets "app" is forbidden: exceeded quota: q', 'exceeded quota: q'],
    [422, 'Secret "app" is invalid: data[KEY]: Invalid value: "canary-value-1"', 'HTTP 422 Invalid'],
  ] as const) {
    const said = await refused(t, code, { message, reason: 'Invalid' });
    t.match(said, reported);
    t.notMatch(said, 'canary');
  }
});

t.test("repeats lockstep's own denial in full, because it holds no value", async (t) => {
  const causes = [{ field: 'data[KEY]', message: 'is a placeholder [lockstep/placeholder]: set another' }];
  t.match(await refused(t, 422, { details: { causes } }), 'data[KEY]: is a placeholder');
});

t.test('conflicts with an earlier writer', async (t) => {
  t.match(await refused(t, 409, { message: 'the object has been modified' }), 'someone else changed it');
});

t.test('sends a dry run as the same write', async (t) => {
  const { kubeconfig, asked } = await anApiServer(t, (response) => answerJson(response, SECRET));
  const edit = { set: new Map([['KEY', Sensitive.fromText('canary-value-1')]]), remove: [] };
  await dryRunPatch(connect({ kubeconfig }), storedSecretOf(SECRET), edit);
  t.strictSame(asked, ['/api/v1/namespaces/shop/secrets/app?fieldManager=lockstep&dryRun=All']);
});

t.test('reads a Secret with the time of the read, for the controllers', async (t) => {
  const now = new Date('2026-11-05T00:00:00Z');
  const { written }: Pick<ObservedSecret, 'written'> = storedSecretOf(SECRET, now);
  t.same(written.observedAt, now);
});
