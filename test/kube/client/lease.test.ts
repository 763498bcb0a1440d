import type { ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { connect } from '../../../src/kube/client/connect.ts';
import { hasActiveController, leaseClient } from '../../../src/kube/client/lease.ts';
import { anApiServer, answerJson, aStatus } from '../../helpers/api/fake-api-server.ts';

const PLACE = { namespace: 'lockstep-system', name: 'lockstep-controller' };

/** The time in the `Date` header of the API server. */
const NOON = Date.parse('2026-11-25T12:00:00Z');
const at = (seconds: number): string => new Date(NOON + seconds * 1000).toISOString();

const aLease = (spec: object | null, metadata: object = {}) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { ...PLACE, uid: 'u-1', resourceVersion: '7', ...metadata },
  spec,
});

function answerDated(response: ServerResponse, body: unknown, code = 200): void {
  response.setHeader('date', new Date(NOON).toUTCString());
  answerJson(response, body, code);
}

t.test('reports a leader until its Lease expires by the clock of the API server', async (t) => {
  const leading = async (spec: object | null, dated = true) => {
    const { kubeconfig } = await anApiServer(t, (response) => {
      response.sendDate = false;
      if (dated) answerDated(response, aLease(spec));
      else answerJson(response, aLease(spec));
    });
    return hasActiveController(connect({ kubeconfig }), 'lockstep-system');
  };
  const held = { holderIdentity: 'a', leaseDurationSeconds: 15 };
  t.equal(await leading({ ...held, renewTime: at(-15) }), true);
  t.equal(await leading({ ...held, renewTime: at(3600) }), true);
  t.equal(await leading({ ...held, renewTime: at(-16) }), false);
  t.equal(await leading({ ...held, holderIdentity: '', renewTime: at(0) }), false, 'released');
  t.equal(await leading(held), false, 'never renewed');
  t.equal(await leading({ ...held, renewTime: 'yesterday' }), false);
  t.equal(await leading({}), false);
  t.equal(await leading(null), false);
  t.equal(await leading({ ...held, renewTime: at(0) }, false), undefined, 'a proxy took the date away');
});

t.test('reports no leader without a Lease, unknown without the right, and other errors', async (t) => {
  const leading = async (code: number) => {
    const { kubeconfig } = await anApiServer(t, (response) =>
      answerJson(response, aStatus(code, 'no'), code),
    );
    return hasActiveController(connect({ kubeconfig }), 'lockstep-system');
  };
  t.equal(await leading(404), false);
  t.equal(await leading(403), undefined);
  await t.rejects(leading(500), {
    code: 'LOCKSTEP_CLUSTER_REFUSED',
    message: /while reading Lease lockstep-system\/lockstep-controller: no$/,
  });
});

interface Sent {
  readonly method: string | undefined;
  readonly spec: Record<string, unknown>;
  readonly body: Record<string, unknown>;
}

/** A Lease client against a server with this Lease, on a machine whose clock is an hour behind. Also its requests. */
async function aKeeper(t: Test, stored: object) {
  const sent: Sent[] = [];
  const { kubeconfig } = await anApiServer(t, async (response) => {
    if (response.req.method === 'GET') return answerDated(response, stored);
    const body = (await json(response.req)) as Sent['body'];
    sent.push({ method: response.req.method, body, spec: body.spec as Sent['spec'] });
    answerDated(response, body);
  });
  return { keeper: leaseClient(connect({ kubeconfig }), PLACE, () => new Date(NOON - 3_600_000)), sent };
}

t.test('renews in the time of the API server, without a transition', async (t) => {
  const { keeper, sent } = await aKeeper(
    t,
    aLease({ holderIdentity: 'a', acquireTime: at(-60), renewTime: at(-2), leaseTransitions: 3 }),
  );
  const read = await keeper.read();
  const written = await keeper.write({ holder: 'a', seconds: 15 }, read);
  t.match(sent, [
    {
      method: 'PUT',
      spec: {
        holderIdentity: 'a',
        leaseDurationSeconds: 15,
        acquireTime: at(-60),
        renewTime: '2026-11-25T12:00:00.000000Z',
        leaseTransitions: 3,
      },
    },
  ]);
  t.not(written.mark, read?.mark);
});

t.test('counts a new holder as a transition, and a release as none', async (t) => {
  const { keeper, sent } = await aKeeper(t, aLease({ holderIdentity: 'a', leaseTransitions: 3 }));
  const read = await keeper.read();
  const released = await keeper.write({ holder: '', seconds: 1 }, read);
  await keeper.write({ holder: 'b', seconds: 15 }, released);
  t.same(
    sent.map(({ spec }) => [spec.holderIdentity, spec.leaseTransitions]),
    [
      ['', 3],
      ['b', 4],
    ],
  );
});

t.test('keeps the fields of other clients on the Lease', async (t) => {
  const { keeper, sent } = await aKeeper(
    t,
    aLease({ holderIdentity: 'a', strategy: 'OldestEmulationVersion' }, { labels: { team: 'platform' } }),
  );
  await keeper.write({ holder: 'a', seconds: 15 }, await keeper.read());
  t.match(sent[0]?.body, {
    metadata: { labels: { team: 'platform' }, resourceVersion: '7' },
    spec: { strategy: 'OldestEmulationVersion' },
  });
});

t.test('takes a Lease that is empty, or has the largest numbers', async (t) => {
  for (const spec of [null, {}, { holderIdentity: null, leaseTransitions: 2 ** 31 - 1 }]) {
    const { keeper, sent } = await aKeeper(t, aLease(spec));
    const read = await keeper.read();
    t.match(read, { holder: '', seconds: 0 });
    await keeper.write({ holder: 'a', seconds: 15 }, read);
    t.ok(Number(sent[0]?.spec.leaseTransitions) < 2 ** 31);
  }
});

t.test('reports an object that is no Lease as an internal error', async (t) => {
  const { kubeconfig } = await anApiServer(t, (response) => answerJson(response, null));
  const keeper = leaseClient(connect({ kubeconfig }), PLACE, () => new Date());
  await t.rejects(keeper.read(), { code: 'LOCKSTEP_CLUSTER_UNREACHABLE' });
});
