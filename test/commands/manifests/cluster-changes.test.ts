import t from 'tap';
import { clusterChanges } from '../../../src/commands/manifests/cluster-changes.ts';
import { aPolicy, aSecret, GOOD, testContext } from '../../helpers/engine/engine.ts';

const policies = [
  aPolicy('p', {
    keys: {
      DB_PASSWORD: { sensitive: true, onChange: 'Keep' },
      SIGNING_KEY: { sensitive: true, onChange: 'Refuse' },
      DATABASE_URL: { derive: { template: 'postgresql://app:${DB_PASSWORD}@db:5432/shop' } },
      API_TOKEN: { sensitive: true },
    },
  }),
];
const urlOf = (password: string): string => `postgresql://app:${password}@db:5432/shop`;
const stored = {
  DB_PASSWORD: GOOD.password,
  SIGNING_KEY: GOOD.key,
  DATABASE_URL: urlOf(GOOD.password),
  API_TOKEN: GOOD.refresh,
};
const engine = { policies, context: testContext };
const changes = (manifest: Readonly<Record<string, string>>, rest = {}) =>
  clusterChanges(aSecret(manifest, rest), aSecret(stored, rest), engine);

t.test('lists each key that differs, with what its policy does', async (t) => {
  t.same(
    changes({ ...stored, DB_PASSWORD: GOOD.other, SIGNING_KEY: GOOD.csrf, API_TOKEN: GOOD.master, NEW: 'x' }),
    [
      { key: 'DB_PASSWORD', effect: 'keeps its stored value' },
      { key: 'SIGNING_KEY', effect: 'it is refused [lockstep/changed]' },
      { key: 'API_TOKEN', effect: 'the new value is stored' },
      { key: 'NEW', effect: 'the new value is stored' },
    ],
  );
  t.same(changes({ DATABASE_URL: urlOf(GOOD.other) }), [
    { key: 'DATABASE_URL', effect: 'password now follows DB_PASSWORD' },
  ]);
});

t.test('leaves out keys that the manifest does not have, or that are the same', async (t) => {
  t.same(changes({ API_TOKEN: GOOD.refresh }), []);
  t.same(changes({}), []);
});

t.test('a Secret of another controller is never kept', async (t) => {
  t.same(changes({ DB_PASSWORD: GOOD.other }, { controller: 'ExternalSecret/app' }), [
    { key: 'DB_PASSWORD', effect: 'the new value is stored, and recorded [lockstep/changed]' },
  ]);
});
