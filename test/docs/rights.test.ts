import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { consumerFacts } from '../../src/commands/doctor/related-objects.ts';
import { ERRORS } from '../../src/errors/table.ts';
import { connect } from '../../src/kube/client/connect.ts';
import { anApiServer, answerJson, aPage } from '../helpers/api/fake-api-server.ts';
import { aSecret } from '../helpers/engine/engine.ts';
import { blocksOf, readPage, sectionOf } from '../helpers/pages/pages.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** `list deployments.apps`: the rights of the roles in a section of a page. */
async function documentedRights(page: string, heading: string): Promise<ReadonlySet<string>> {
  const [block] = blocksOf(sectionOf(await readPage(page), heading));
  const roles = parseAllDocuments(block?.text ?? '').map((one) => one.toJS() as { rules: readonly Rule[] });
  return new Set(
    roles.flatMap(({ rules }) =>
      rules.flatMap(({ apiGroups, resources, verbs }) =>
        verbs.flatMap((verb) =>
          apiGroups.flatMap((group) => resources.map((one) => `${verb} ${one}.${group}`)),
        ),
      ),
    ),
  );
}

/** The right for a path such as `/apis/apps/v1/namespaces/shop/deployments/api`. */
function rightFor(url: string): string {
  const [path = ''] = url.split('?');
  const [, group = '', plural = '', name] =
    /^\/(?:api|apis\/([^/]+))\/[^/]+\/namespaces\/[^/]+\/([^/]+)(?:\/(.+))?$/.exec(path) ?? [];
  return `${name === undefined ? 'list' : 'get'} ${plural}.${group}`;
}

const template = { spec: { containers: [{ name: 'api', envFrom: [{ secretRef: { name: 'app' } }] }] } };
const selector = { matchLabels: { app: 'api' } };

/** One workload of each kind that reads the Secret, and each names its revision. */
const workload = (annotations: Readonly<Record<string, string>>, status: object) => ({
  metadata: {
    name: 'api',
    namespace: 'shop',
    uid: 'u1',
    resourceVersion: '7',
    creationTimestamp: '2026-11-25T12:00:00Z',
    generation: 2,
    annotations,
  },
  spec: { replicas: 1, selector, template },
  status: { observedGeneration: 2, replicas: 1, updatedReplicas: 1, ...status },
});

const OBJECTS: Readonly<Record<string, object>> = {
  deployments: workload({ 'deployment.kubernetes.io/revision': '4' }, { availableReplicas: 1 }),
  statefulsets: workload({}, { updateRevision: 'api-5d', currentRevision: 'api-5d', readyReplicas: 1 }),
  daemonsets: workload({ 'deprecated.daemonset.template.generation': '3' }, { desiredNumberScheduled: 1 }),
};

t.test('the rights of the diagnosis are enough for the consumers of each kind', async (t) => {
  const { kubeconfig, asked } = await anApiServer(t, (response, { pathname }) => {
    const object = OBJECTS[pathname.split('/').at(-1) ?? ''];
    answerJson(response, aPage(object === undefined ? [] : [object]));
  });
  const secret = aSecret({ A: 'b' }, { namespace: 'shop', name: 'app' });
  const written = { time: new Date(0), by: 'kubectl' };
  const observed = { secret, uid: 'u', resourceVersion: '1', created: new Date(0), written, owners: [] };
  await consumerFacts(connect({ kubeconfig }), observed, undefined);
  const needed = new Set(asked.map(rightFor));
  for (const one of ['list replicasets', 'get controllerrevisions', 'list controllerrevisions'])
    t.ok(needed.has(`${one}.apps`), one);
  const granted = await documentedRights('docs/reference/doctor.md', '### Rights of the diagnosis');
  t.same(
    [...needed].filter((right) => !granted.has(right)),
    [],
  );
});

// Each command needs other rights, so no role has those of all.
t.test('no error names a role', (t) => {
  t.notMatch(JSON.stringify(ERRORS), /Role\b/);
  t.end();
});
