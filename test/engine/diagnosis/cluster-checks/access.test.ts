import t from 'tap';
import {
  ownAccountsTooWide,
  secretsOpenToAll,
  secretsReadByMany,
  webhooksWrittenByMany,
} from '../../../../src/engine/diagnosis/cluster-checks/access.ts';
import { type Grant, rightsIn } from '../../../../src/engine/diagnosis/cluster-checks/grants.ts';

const aGrant = (different: Partial<Grant> = {}): Grant => ({
  right: 'read-secrets',
  kind: 'User',
  subject: 'jane',
  role: 'reader',
  binding: 'jane-reads',
  ...different,
});

const readers = (...grants: readonly Grant[]) => secretsReadByMany(grants, 'lockstep-system');

t.test('a rule grants the right by name or by wildcard, over all Secrets or none', async (t) => {
  const rule = (different: object) =>
    rightsIn([{ apiGroups: [''], resources: ['secrets'], verbs: ['list'], ...different }]);
  t.same(rule({}), ['read-secrets']);
  for (const verb of ['get', 'watch', '*']) t.same(rule({ verbs: [verb] }), ['read-secrets'], verb);
  t.same(rule({ resources: ['pods', '*'] }), ['read-secrets']);
  t.same(rule({ apiGroups: ['*'] }), ['read-secrets']);
  t.same(rule({ verbs: ['create', 'update'] }), []);
  t.same(rule({ resources: ['secrets/status'] }), []);
  t.same(rule({ apiGroups: ['apps'] }), []);
  t.same(rule({ resourceNames: ['one'] }), [], 'one Secret by name');
  t.same(rightsIn([{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]), [
    'read-secrets',
    'write-webhooks',
  ]);
});

t.test('ignores webhooks of other names', async (t) => {
  const rule = (resourceNames?: readonly string[]) =>
    rightsIn([
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['validatingwebhookconfigurations'],
        verbs: ['patch'],
        ...(resourceNames && { resourceNames }),
      },
    ]);
  t.same(rule(), ['write-webhooks']);
  t.same(rule(['lockstep']), ['write-webhooks']);
  t.same(rule(['cert-manager']), []);
});

t.test('malformed rules grant nothing', async (t) => {
  for (const rules of [
    undefined,
    null,
    'all',
    {},
    [null],
    [7],
    [{ verbs: 'get' }],
    [{ apiGroups: [null], resources: [{}], verbs: [[]] }],
  ])
    t.same(rightsIn(rules), [], JSON.stringify(rules));
});

t.test('names the subjects that can read all Secrets, with the binding', async (t) => {
  t.match(readers(aGrant()), {
    outcome: 'warning',
    message: 'one subject may read every Secret of the cluster',
    names: ['User jane by ClusterRoleBinding jane-reads of ClusterRole reader'],
  });
});

t.test('expects components of Kubernetes and the controller of lockstep to read Secrets', async (t) => {
  const controller = { kind: 'ServiceAccount', role: 'system:controller:namespace-controller' };
  t.match(
    readers(
      aGrant({ kind: 'Group', subject: 'system:masters', role: 'cluster-admin' }),
      aGrant({ subject: 'system:kube-controller-manager', role: 'system:kube-controller-manager' }),
      aGrant({ ...controller, subject: 'kube-system/namespace-controller' }),
      aGrant({ kind: 'ServiceAccount', subject: 'lockstep-system/lockstep-controller' }),
    ),
    { outcome: 'ok', names: [] },
  );
});

t.test('reports a subject that only looks like a component', async (t) => {
  const { names } = readers(
    aGrant({ kind: 'ServiceAccount', subject: 'kube-system/dashboard', role: 'cluster-admin' }),
    aGrant({ kind: 'ServiceAccount', subject: 'shop/system:controller', role: 'system:node' }),
    aGrant({ kind: 'Group', subject: 'system:serviceaccounts:shop' }),
    aGrant({ kind: 'Group', subject: 'system:nodes' }),
    aGrant({ subject: 'system:serviceaccount:shop:app' }),
    aGrant({ kind: 'ServiceAccount', subject: 'other/lockstep-controller' }),
  );
  t.equal(names.length, 6);
});

t.test('reports a subject with several bindings once, even if one is that of a component', async (t) => {
  const twice = readers(aGrant(), aGrant({ binding: 'another' }));
  t.equal(twice.names.length, 1);
  const account = { kind: 'ServiceAccount', subject: 'kube-system/app' };
  t.equal(
    readers(aGrant({ ...account, role: 'system:x' }), aGrant({ ...account, role: 'all' })).names.length,
    1,
  );
});

t.test('names twenty of many subjects, and the number of the others', async (t) => {
  const many = Array.from({ length: 1000 }, (_, number) => aGrant({ subject: `user-${number}` }));
  const { names, message } = readers(...many);
  t.equal(names.length, 21);
  t.equal(names.at(-1), 'and 980 more');
  t.match(message, /^1000 subjects/);
  const [long] = readers(aGrant({ subject: 'x'.repeat(1_000_000) })).names;
  t.ok((long?.length ?? 0) < 400, 'a name of a megabyte is cut');
});

t.test('a read permission for all users is a fault, under any name of the group', async (t) => {
  for (const [kind, subject] of [
    ['User', 'system:anonymous'],
    ['Group', 'system:unauthenticated'],
    ['Group', 'system:authenticated'],
    ['Group', 'system:serviceaccounts'],
  ] as const) {
    const grant = aGrant({ kind, subject });
    t.match(secretsOpenToAll([grant]), { outcome: 'fault', names: [new RegExp(`^${kind} ${subject} by`)] });
    t.equal(readers(grant).outcome, 'ok', 'told once');
  }
  t.equal(
    secretsOpenToAll([
      aGrant(),
      aGrant({ right: 'write-webhooks', kind: 'Group', subject: 'system:authenticated' }),
    ]).outcome,
    'ok',
  );
});

t.test('names the subjects that can disable lockstep, but not its own pods', async (t) => {
  const right = 'write-webhooks' as const;
  const own = aGrant({ right, kind: 'ServiceAccount', subject: 'lockstep-system/lockstep-webhook' });
  t.equal(webhooksWrittenByMany([own], 'lockstep-system').outcome, 'ok');
  t.equal(webhooksWrittenByMany([own], 'elsewhere').outcome, 'warning');
  t.match(webhooksWrittenByMany([own, aGrant({ right }), aGrant()], 'lockstep-system').names, [/^User jane/]);
});

t.test('names rights that were added to an account of lockstep', async (t) => {
  t.equal(ownAccountsTooWide([]).outcome, 'ok');
  t.match(ownAccountsTooWide(['a may list secrets']), { outcome: 'warning', names: ['a may list secrets'] });
});
