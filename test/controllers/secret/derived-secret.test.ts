import t from 'tap';
import type { ObservedSecret } from '../../../src/controllers/ports.ts';
import { enqueueOwnerOf, reconcileDerivedSecret } from '../../../src/controllers/secret/derived-secret.ts';
import { type SecretEvent, secretEventOf } from '../../../src/controllers/secret/secret-event.ts';
import { permissionsFor } from '../../../src/engine/review/own-writes/permissions.ts';
import type { Secret } from '../../../src/engine/secret/secret.ts';
import { reconcilerDeps } from '../../helpers/controllers/reconciler-deps.ts';
import { aSecret, builtins, GOOD, STORY, STORY_URL, testContext } from '../../helpers/engine/engine.ts';

const NAME = 'reconciliation-secrets';
const SIBLING = `${NAME}-derived`;

const hold = (secret: Secret): ObservedSecret => ({
  secret,
  uid: `uid-of-${secret.name}`,
  resourceVersion: '1',
  written: { by: 'external-secrets', time: new Date('2026-11-25T12:00:00Z') },
});

const anOwned = (different: Partial<Secret> = {}): Secret => ({
  ...aSecret(STORY, {
    controller: 'ExternalSecret/app',
    annotations: new Map([['lockstep.dev/derived-secret', 'true']]),
  }),
  ...different,
});

/** A namespace with these Secrets, and one reconcile of the first. */
async function looked(first: Secret, others: readonly Secret[] = [], mayWrite = true) {
  const stored = new Map([first, ...others].map((secret) => [secret.name, secret]));
  const did: string[] = [];
  const reported: SecretEvent[] = [];
  const deps = reconcilerDeps({
    secrets: {
      read: async ({ name }) => {
        did.push(`read ${name}`);
        const secret = stored.get(name);
        return secret && hold(secret);
      },
      writeDerived: async (owner, data, before) => {
        const texts = [...data].map(([key, value]) => `${key}=${value.withPlaintext(({ text }) => text)}`);
        did.push(`${before === undefined ? 'create' : 'change'} for ${owner.uid} ${texts.join()}`);
      },
      deleteDerived: async ({ secret }) => {
        did.push(`delete ${secret.name}`);
      },
    },
    mayWrite: () => mayWrite,
    emit: (event) => {
      if (event.kind === 'derived-secret-written') did.push(`wrote ${event.derivedName}`);
      const secretEvent = secretEventOf(event);
      if (secretEvent !== undefined) reported.push(secretEvent);
    },
    enqueue: ({ name }) => did.push(`look at ${name}`),
  });
  await reconcileDerivedSecret(hold(first), permissionsFor(first, undefined, builtins, testContext), deps);
  return { did, reported };
}

const aSibling = (url: string, different: Partial<Secret> = {}): Secret => ({
  ...aSecret(
    { DATABASE_URL: url },
    {
      name: SIBLING,
      labels: new Map([['lockstep.dev/derived', 'true']]),
      annotations: new Map([['lockstep.dev/derived-from', NAME]]),
    },
  ),
  ...different,
});

t.test('a derived Secret is created, corrected, and then not written again', async (t) => {
  const stale = STORY_URL.replace(GOOD.password, GOOD.other);
  const read = `read ${SIBLING}`;
  const wrote = `wrote ${SIBLING}`;
  const { reported } = await looked(anOwned());
  t.match(reported, [{ reason: 'DerivedSecretUpdated', note: /^DATABASE_URL: derived from this Secret/ }]);
  t.same((await looked(anOwned())).did, [read, `create for uid-of-${NAME} DATABASE_URL=${STORY_URL}`, wrote]);
  t.same((await looked(anOwned(), [aSibling(stale)])).did, [
    read,
    `change for uid-of-${NAME} DATABASE_URL=${STORY_URL}`,
    wrote,
  ]);
  t.same((await looked(anOwned(), [aSibling(STORY_URL)])).did, [read]);
});

t.test('a derived Secret that no annotation asks for is deleted', async (t) => {
  const { did } = await looked(anOwned({ annotations: new Map() }), [aSibling(STORY_URL)]);
  t.same(did, [`read ${SIBLING}`, `delete ${SIBLING}`]);
});

t.test('a change of a derived Secret enqueues its source', async (t) => {
  t.same((await looked(aSibling(STORY_URL))).did, [`look at ${NAME}`]);
});

t.test('a deleted derived Secret enqueues its source by name', async (t) => {
  const asked: string[] = [];
  for (const name of [SIBLING, NAME, '-derived'])
    enqueueOwnerOf({ namespace: 'shop', name }, { enqueue: (place) => asked.push(place.name) });
  t.same(asked, [NAME]);
});

t.test('a derived Secret is deleted after its source has no owner any more', async (t) => {
  const { did } = await looked(anOwned({ controller: undefined }), [aSibling(STORY_URL)]);
  t.same(did, [`read ${SIBLING}`, `delete ${SIBLING}`]);
});

t.test('a Secret without an owner causes no read of a derived Secret', async (t) => {
  t.same((await looked(anOwned({ controller: undefined, annotations: new Map() }))).did, []);
});

t.test('a suspended derived Secret is not written', async (t) => {
  t.same((await looked(anOwned(), [], false)).did, [`read ${SIBLING}`]);
});

t.test('a foreign Secret of that name is reported and not changed', async (t) => {
  const { did, reported } = await looked(anOwned(), [aSibling('x', { labels: new Map() })]);
  t.same(did, [`read ${SIBLING}`]);
  t.match(reported, [{ reason: 'DerivedSecretFailed', note: /somebody else's/ }]);
});
