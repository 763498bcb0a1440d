import t from 'tap';
import { otherManagerOf } from '../../../src/engine/secret/other-managers.ts';
import { aSecret } from '../../helpers/engine/engine.ts';

const controlledBy = (controller: string) => otherManagerOf(aSecret({}, { controller }))?.kind;
const labelled = (label: string, value = 'x') =>
  otherManagerOf(aSecret({}, { labels: new Map([[label, value]]) }))?.kind;

t.test('a Secret that only people write has no other manager', async (t) => {
  t.equal(otherManagerOf(aSecret({})), undefined);
  t.equal(labelled('app.kubernetes.io/managed-by', 'Helm'), undefined);
});

t.test('a copied Secret is changed at its source', async (t) => {
  for (const kind of ['ExternalSecret', 'SealedSecret', 'VaultStaticSecret', 'OnePasswordItem'])
    t.equal(controlledBy(`${kind}/app`), 'external-store', kind);
  t.equal(labelled('reconcile.external-secrets.io/managed', 'true'), 'external-store');
  const annotations = new Map([['sealedsecrets.bitnami.com/managed', 'true']]);
  t.equal(otherManagerOf(aSecret({}, { annotations }))?.kind, 'external-store');
});

t.test('reports a conflict with a tool that sets the password in the server', async (t) => {
  for (const kind of [
    'Cluster',
    'PostgresCluster',
    'PerconaPGCluster',
    'postgresql',
    'SGCluster',
    'VaultDynamicSecret',
  ])
    t.equal(controlledBy(`${kind}/db`), 'conflict', kind);
  t.equal(labelled('cnpg.io/cluster'), 'conflict');
  t.equal(labelled('application', 'spilo'), 'conflict');
  t.equal(labelled('postgres-operator.crunchydata.com/cluster'), 'conflict');
  t.equal(
    labelled('secrets.hashicorp.com/vso-ownerRefUID'),
    'conflict',
    'static or leased, its label does not tell',
  );
  t.equal(labelled('app.kubernetes.io/managed-by', 'kubedb.com'), 'conflict');
});

t.test('reports a conflict for a Secret that an operator follows', async (t) => {
  t.equal(labelled('cnpg.io/reload', ''), 'conflict');
  t.match(otherManagerOf(aSecret({}, { labels: new Map([['cnpg.io/reload', 'true']]) })), {
    sentence: /CloudNativePG follows this Secret, by its label cnpg.io\/reload/,
  });
});

t.test('names an unknown controller', async (t) => {
  t.match(otherManagerOf(aSecret({}, { controller: 'Widget/w' })), {
    kind: 'conflict',
    sentence: /^Widget\/w writes this Secret, and would undo/,
  });
  t.equal(controlledBy('__proto__/x'), 'conflict');
});
