import t from 'tap';

import { isOwned, ownerOf } from '../../../src/engine/secret/owners.ts';
import { aSecret } from '../../helpers/engine/engine.ts';

const labelled = (key: string, value = 'x') => isOwned(aSecret({}, { labels: new Map([[key, value]]) }));
const annotated = (key: string) => isOwned(aSecret({}, { annotations: new Map([[key, 'x']]) }));

t.test('a Secret with a controller is owned', async (t) => {
  t.equal(isOwned(aSecret({}, { controller: 'ExternalSecret/app' })), true);
  t.equal(isOwned(aSecret({})), false);
});

t.test('recognises each operator by its own mark', async (t) => {
  t.equal(labelled('reconcile.external-secrets.io/managed', 'true'), true);
  t.equal(annotated('reconcile.external-secrets.io/data-hash'), true);
  t.equal(labelled('cnpg.io/cluster'), true);
  t.equal(labelled('controller.cert-manager.io/fao', 'true'), true);
  t.equal(annotated('cert-manager.io/certificate-name'), true);
  t.equal(annotated('sealedsecrets.bitnami.com/managed'), true);
  t.equal(labelled('application', 'spilo'), true);
  t.equal(labelled('app.kubernetes.io/managed-by', 'kubedb.com'), true);
  t.equal(labelled('stackgres.io/cluster-name'), true);
  t.equal(labelled('secrets.hashicorp.com/vso-ownerRefUID'), true);
  t.equal(labelled('k8s.enterprisedb.io/cluster'), true);
});

t.test('labels that tools put on every object mark no owner', async (t) => {
  t.equal(labelled('app.kubernetes.io/managed-by', 'Helm'), false);
  t.equal(labelled('argocd.argoproj.io/instance'), false);
  t.equal(labelled('application', 'shop'), false);
  t.equal(annotated('kubectl.kubernetes.io/last-applied-configuration'), false);
});

t.test('names the owner by its object, or by the tool that marks its Secrets', async (t) => {
  t.equal(ownerOf(aSecret({}, { controller: 'ExternalSecret/app' })), 'ExternalSecret/app');
  t.equal(ownerOf(aSecret({}, { labels: new Map([['cnpg.io/cluster', 'db']]) })), 'CloudNativePG');
  const sealed = new Map([['sealedsecrets.bitnami.com/managed', 'true']]);
  t.equal(ownerOf(aSecret({}, { annotations: sealed })), 'Sealed Secrets');
  t.equal(ownerOf(aSecret({}, { labels: new Map([['application', 'spilo']]) })), "Zalando's operator");
  t.equal(ownerOf(aSecret({})), undefined);
});
