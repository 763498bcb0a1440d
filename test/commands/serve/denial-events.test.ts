import t from 'tap';
import { denied } from '../../../src/admission/review/response.ts';
import { readReview } from '../../../src/admission/review/review.ts';
import type { ReviewResult } from '../../../src/admission/review/webhook.ts';
import { type DenialEvent, denialEvents } from '../../../src/commands/serve/denial-events.ts';
import { aDecision, aFinding } from '../../helpers/admission/decision.ts';
import {
  aReview,
  aSecretObject,
  bytesOf,
  type Json,
  recordedReviews,
} from '../../helpers/admission/review.ts';
import { aCorrection, aDenial, anAllowance } from '../../helpers/admission/review-result.ts';

const OWNER = {
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  name: 'app',
  uid: '7b1f9f0e-52a4-4c5e-9c54-0f8f3c6e2f11',
  controller: true,
};

const owned = (owner: Json = {}, request: Json = {}): { request: Json } => {
  const ownerReferences = [{ ...OWNER, ...owner }];
  const object = aSecretObject({}, { metadata: { name: 'app', namespace: 'team', ownerReferences } });
  return { request: { object, ...request } };
};

function aTeller() {
  const reported: DenialEvent[] = [];
  const world = { now: 1_000_000, gate: Promise.resolve() };
  const notice = denialEvents({
    recordEvent: async (denial) => {
      await world.gate;
      reported.push(denial);
    },
    now: () => world.now,
  });
  return { notice, reported, world };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

t.test('reports the fault and the Secret to the owner', async (t) => {
  const { notice, reported } = aTeller();
  notice(aDenial(owned()));
  await settled();
  t.match(reported, [
    {
      regarding: {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        namespace: 'team',
        name: 'app',
        uid: OWNER.uid,
      },
      reason: 'SecretDenied',
      note: 'Secret app was not written: data[TOKEN]: is a placeholder [lockstep/placeholder]: set a generated value',
    },
  ]);
});

t.test('reports no dry run, no accepted write, and no Secret without an owner', async (t) => {
  const { notice, reported } = aTeller();
  notice(aDenial(owned({}, { dryRun: true })));
  notice(anAllowance(owned()));
  notice(aCorrection({}, owned()));
  notice(aDenial());
  notice(aDenial(owned({ controller: false })));
  notice(aDenial(owned({ kind: 'SealedSecret', apiVersion: 'bitnami.com/v1alpha1' })));
  notice(aDenial(owned({ apiVersion: 'example.com/v1' })));
  await settled();
  t.same(reported, []);
});

t.test('ignores an owner that is incomplete or unknown', async (t) => {
  const { notice, reported } = aTeller();
  for (const owner of [{ uid: undefined }, { uid: 7 }, { name: '' }, { apiVersion: null }])
    notice(aDenial(owned(owner)));
  for (const ownerReferences of [null, 7, {}, [null], [7], ['x']]) {
    const object = aSecretObject({}, { metadata: { name: 'app', namespace: 'team', ownerReferences } });
    notice(aDenial({ request: { object } }));
  }
  await settled();
  t.same(reported, []);
});

t.test('reports the same denial once in ten minutes, and another one at once', async (t) => {
  const { notice, reported, world } = aTeller();
  notice(aDenial(owned()));
  world.now += 9 * 60_000;
  notice(aDenial(owned()));
  await settled();
  t.equal(reported.length, 1);
  notice(aDenial(owned({ uid: 'another' })));
  await settled();
  t.equal(reported.length, 2);
  world.now += 60_000;
  notice(aDenial(owned()));
  await settled();
  t.equal(reported.length, 3);
  t.not(
    reported[2]?.identity,
    reported[0]?.identity,
    'or the API server would take it for the Event that it has',
  );
});

t.test('gives the Events of two pods in one period the same name', async (t) => {
  const [one, other] = [aTeller(), aTeller()];
  one.notice(aDenial(owned()));
  other.world.now += 1000;
  other.notice(aDenial(owned()));
  await settled();
  t.equal(one.reported[0]?.identity, other.reported[0]?.identity);
});

t.test('keeps a hundred waiting denials while the API server is silent, and drops the oldest', async (t) => {
  const { notice, reported, world } = aTeller();
  const { promise, resolve } = Promise.withResolvers<void>();
  world.gate = promise;
  for (let index = 0; index < 250; index += 1) notice(aDenial(owned({ uid: `uid-${index}` })));
  resolve();
  await settled();
  t.equal(reported.length, 101, 'the one under way, and a hundred');
  t.equal(reported.at(-1)?.regarding.uid, 'uid-249');
});

t.test('reports the first ones of very many faults', async (t) => {
  const { notice, reported } = aTeller();
  const findings = Array.from({ length: 5000 }, (_, index) => aFinding({ key: `KEY_${index}` }));
  const review = readReview(bytesOf(aReview(owned().request)));
  const outcome: ReviewResult = {
    webhook: 'validate',
    review,
    answer: denied(review, aDecision({ findings })),
    milliseconds: 1,
  };
  notice(outcome);
  await settled();
  t.ok((reported[0]?.note.length ?? 0) < 3000);
});

t.test('finds the owner in the Secrets of External Secrets', async (t) => {
  const [, body] = recordedReviews().find(([name]) => name.startsWith('create-owned-by-controller')) ?? [];
  t.same(readReview(body ?? Buffer.alloc(0)).controller, {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    name: 'from-vault',
    uid: OWNER.uid,
  });
});
