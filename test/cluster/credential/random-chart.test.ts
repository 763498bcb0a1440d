import t from 'tap';
import { helm } from '../../helpers/cluster/helm.ts';
import { canLogIn } from '../../helpers/credential/deviations.ts';
import { aTeam } from '../../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';

// As the README says: a chart draws another password at each upgrade, and no workload is locked out.
const UPGRADES = 4;

const CHART = {
  'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 0.1.0\n',
  templates: {
    'secret.yaml': `
apiVersion: v1
kind: Secret
metadata: { name: app, labels: { revision: "{{ .Release.Revision }}" } }
stringData:
  POSTGRES_PASSWORD: {{ randAlphaNum 24 | quote }}
`,
  },
};

const world = await aWorld(t);
const { daemon } = await world.controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' });

for (const field of ['stringData', 'data'] as const)
  t.test(`${field}: the server follows each upgrade, and the consumers restart`, async (t) => {
    const namespace = `chart-${field.toLowerCase()}`;
    const team = await aTeam(world, namespace, { admin: true });
    await untilInStep(team, [daemon]);
    const home = t.testdir({ chart: chartWith(field) });
    const run = async (...args: readonly string[]) => {
      const { exitCode, stderr } = await helm([...args, '-n', namespace], home, world.cluster.kubeconfig);
      t.equal(exitCode, 0, stderr);
    };
    const passwords = new Set([(await team.secret()).POSTGRES_PASSWORD]);
    for (let upgrade = 1; upgrade <= UPGRADES; upgrade += 1) {
      await run('upgrade', '--install', 'app', `${home}/chart`, '--take-ownership', '--force-conflicts');
      const { POSTGRES_PASSWORD: password = '', POSTGRES_USER: role = '' } = await team.secret();
      t.notOk(passwords.has(password), 'another password');
      passwords.add(password);
      await untilInStep(team, [daemon]);
      t.equal((await team.secret()).POSTGRES_PASSWORD, password, 'the one of the chart stays');
      t.ok(await canLogIn(world.postgres, { role, password }));
    }
    const { spec } = await team.deployment();
    t.ok(spec.template.metadata.annotations['lockstep.dev/secret-version'], 'restarted');
  });

function chartWith(field: 'data' | 'stringData') {
  const { templates } = CHART;
  const text =
    field === 'stringData'
      ? templates['secret.yaml']
      : templates['secret.yaml'].replace('stringData', 'data').replace('| quote', '| b64enc | quote');
  return { ...CHART, templates: { 'secret.yaml': text } };
}
