import t from 'tap';
import { fixCommand, fixInSecret } from '../../../src/engine/find-value/fix.ts';
import { permissionsFor } from '../../../src/engine/permissions/permissions.ts';
import { aSecret, builtins, GOOD, testContext } from '../../helpers/engine/engine.ts';
import { aCredential } from '../../helpers/login/postgres-credential.ts';

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
          credentialOf: ({ namespace, name }) =>
            namespace === 'shop' && name === 'shop-secrets' ? credential : undefined,
          context: testContext,
        },
      ),
    );
  t.equal(fixOf({ 'lockstep.dev/copy-of': 'shop/shop-secrets' }), 'lockstep rotate shop/shop-secrets');
  t.equal(fixOf({}), 'kubectl -n reports edit secret ledger');
});
