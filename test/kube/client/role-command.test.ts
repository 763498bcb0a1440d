import t from 'tap';
import { roleCommand } from '../../../src/kube/client/role-command.ts';

t.test('names the resource and its group, also of one namespace', async (t) => {
  for (const [path, resource] of [
    ['/api/v1/secrets', 'secrets'],
    ['/api/v1/namespaces', 'namespaces'],
    ['/api/v1/namespaces/shop/secrets', 'secrets'],
    ['/api/v1/namespaces/shop/secrets/app', 'secrets'],
    ['/apis/apps/v1/namespaces/shop/deployments', 'deployments.apps'],
    ['/apis/lockstep.dev/v1alpha1/secretpolicies', 'secretpolicies.lockstep.dev'],
  ] as const) {
    const [name] = resource.split('.');
    const command = `kubectl create clusterrole lockstep-${name} --verb=list --resource=${resource}`;
    t.equal(roleCommand('list', path), command);
  }
});
