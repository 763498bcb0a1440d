import t from 'tap';
import { fixCommand, fixInSecret } from '../../../../src/engine/diagnosis/find-value/fix.ts';
import { permissionsFor } from '../../../../src/engine/review/own-writes/permissions.ts';
import { aSecret, builtins, GOOD, testContext } from '../../../helpers/engine/engine.ts';
import { aCredential } from '../../../helpers/login/postgres-credential.ts';

const COPY = { namespace: 'reports', name: 'ledger' };
const credential = aCredential({ copies: [{ namespace: 'reports', secretName: 'ledger' }] });

t.test('the password in a copy is changed where the copy takes it from', async (t) => {
  const fixOf = (annotations: Readonly<Record<string, string>>) =>
    fixCommand(
      fixInSecret(
        {
          kind: 'Secret',
          ...COPY,
          field: { kind: 'key', key: 'POSTGRES_PASSWORD' },
          value: 0,
          encodings: [],
          form: 'given',
        },
        aSecret(
          { POSTGRES_PASSWORD: GOOD.password },
          { ...COPY, annotations: new Map(Object.entries(annotations)) },
        ),
        {
          permissionsOf: (secret) => permissionsFor(secret, undefined, builtins, testContext),
          credentialsOf: ({ namespace, name }) =>
            namespace === 'shop' && name === 'shop-secrets' ? [credential] : [],
          context: testContext,
        },
      ),
    );
  t.equal(fixOf({ 'lockstep.dev/copy-of': 'shop/shop-secrets' }), 'lockstep rotate shop/shop-secrets');
  t.equal(fixOf({}), 'lockstep connect reports/ledger');
});

t.test('a login of PostgreSQL that lockstep does not know is connected first', async (t) => {
  const url = `postgresql://app:${GOOD.password}@db:5432/app`;
  const fixOf = (key: string, isConnected = false) =>
    fixCommand(
      fixInSecret(
        {
          kind: 'Secret',
          ...COPY,
          field: { kind: 'key', key },
          value: 0,
          encodings: [],
          form: 'given',
        },
        aSecret({ PW: GOOD.password, URL: url, PGPASSWORD: GOOD.other, OTHER: GOOD.other }, COPY),
        {
          permissionsOf: (secret) => permissionsFor(secret, undefined, [], testContext),
          credentialsOf: () => (isConnected ? [credential] : []),
          context: testContext,
        },
      ),
    );
  for (const key of ['PW', 'URL', 'PGPASSWORD']) t.equal(fixOf(key), 'lockstep connect reports/ledger');
  t.equal(fixOf('OTHER'), 'kubectl -n reports edit secret ledger');
  t.equal(fixOf('PW', true), 'kubectl -n reports edit secret ledger');
});
