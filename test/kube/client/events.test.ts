import t, { type Test } from 'tap';
import { connect } from '../../../src/kube/client/connect.ts';
import { type EventData, recordEvent } from '../../../src/kube/client/events.ts';
import { anApiServer, answerJson, aStatus } from '../../helpers/api/fake-api-server.ts';

const aHappening = (different: Partial<EventData> = {}): EventData => ({
  regarding: { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'app', uid: 'u-1' },
  reason: 'SecretViolation',
  note: 'data[JWT_SECRET]: is a placeholder',
  identity: 'jwt-keys placeholder JWT_SECRET',
  component: 'lockstep-controller',
  instance: 'lockstep-controller-0',
  ...different,
});

interface Sent {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly message: string;
}

/** A cluster that records its calls. */
async function aRecorder() {
  const sent: Sent[] = [];
  const cluster = {
    server: 'https://x',
    call: async ({ body }: { body?: unknown }) => {
      sent.push(body as Sent);
      return { object: body, date: undefined, warnings: [] };
    },
    open: async () => Promise.reject(new Error('nothing is opened')),
  };
  const reported = async (different: Partial<EventData> = {}): Promise<Sent> => {
    await recordEvent(cluster, aHappening(different));
    const last = sent.at(-1);
    if (last === undefined) throw new Error('nothing was sent');
    return last;
  };
  return { reported };
}

t.test('gives equal Events the same name, and others another', async (t) => {
  const { reported } = await aRecorder();
  const { regarding } = aHappening();
  const nameOf = async (different?: Partial<EventData>) => (await reported(different)).metadata.name;
  const name = await nameOf();
  t.match(name, /^app\.[0-9a-f]{16}$/);
  t.equal(await nameOf({ note: 'in other words', instance: 'another' }), name);
  for (const different of [
    { identity: 'weak' },
    { reason: 'SecretWarning' } as const,
    { regarding: { ...regarding, uid: 'u-2' } },
  ])
    t.not(await nameOf(different), name);
});

t.test('cuts a long name to a valid one', async (t) => {
  const { reported } = await aRecorder();
  const { regarding } = aHappening();
  const { metadata } = await reported({
    regarding: { ...regarding, name: `${'a'.repeat(235)}.${'b'.repeat(17)}` },
  });
  t.match(metadata.name, /^a{235}\.[0-9a-f]{16}$/);
  t.ok(metadata.name.length <= 253);
});

t.test('cuts a note to one line of 1024 characters, at a word', async (t) => {
  const { reported } = await aRecorder();
  t.equal((await reported({ note: 'one\ntwo\u2028three' })).message, 'one two three');
  const { message } = await reported({ note: 'a word '.repeat(200) });
  t.ok(message.length <= 1024);
  t.match(message, /(a word )+(a )?…$/);
  const unbroken = await reported({ note: 'x'.repeat(5000) });
  t.equal(unbroken.message.length, 1024);
});

t.test('records an Event of a cluster-scoped object in default', async (t) => {
  const { reported } = await aRecorder();
  const regarding = { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: 'shop', uid: 'u' };
  t.equal((await reported({ regarding })).metadata.namespace, 'default');
});

async function answeredWith(t: Test, code: number, body: object): Promise<void> {
  const { kubeconfig } = await anApiServer(t, (response) => answerJson(response, body, code));
  await recordEvent(connect({ kubeconfig }), aHappening());
}

t.test('ignores an existing Event, and a namespace that is gone or being deleted', async (t) => {
  const going = {
    ...aStatus(403, 'unable to create new content in namespace shop because it is being terminated'),
    details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
  };
  await t.resolves(answeredWith(t, 409, aStatus(409, 'already exists')));
  await t.resolves(answeredWith(t, 404, aStatus(404, 'namespaces "shop" not found')));
  await t.resolves(answeredWith(t, 403, going));
});

t.test('reports a missing right in one sentence', async (t) => {
  await t.rejects(answeredWith(t, 403, aStatus(403, 'events is forbidden')), {
    code: 'LOCKSTEP_CLUSTER_REFUSED',
    message: 'the API server refused while recording an Event about Secret shop/app: events is forbidden',
  });
});
