import { join } from 'node:path';
import t from 'tap';
import { secretAuditEntries } from '../helpers/api/audit-log.ts';
import { aCanary, canarySearcher } from '../helpers/canary/canary.ts';
import { aClusterWithLockstep } from '../helpers/cluster/cluster.ts';
import { anExternalTeam, type ExternalTeam } from '../helpers/cluster/external-team.ts';
import { NAME } from '../helpers/cluster/team.ts';
import { STORY, STORY_URL } from '../helpers/engine/engine.ts';
import { installExternalSecrets } from '../testbed/cluster/external-secrets.ts';
import { installController } from '../testbed/lockstep/controller.ts';
import { until } from '../testbed/process/until.ts';

const { cluster, lockstep } = await aClusterWithLockstep(t, { controllers: true });
const REPORTS = join(import.meta.dirname, '..', 'data', 'crds', 'policyreports.yaml');
await cluster.mustRun(['apply', '-f', REPORTS]);
const operator = await installExternalSecrets(cluster);
const controller = await (await installController(cluster)).start('controller');

const RIGHT = { ...STORY, DATABASE_URL: STORY_URL };
const KEYS = Object.keys(RIGHT);
/** Nobody may ever print a piece of one. */
const placeholder = `change-me-${aCanary()}`;
const left = aCanary();
const DRIFTED = { ...RIGHT, DATABASE_URL: `postgresql://recon:${left}@postgres-service:5432/reconciliation` };

const has = (what: string, is: () => Promise<boolean>) =>
  until(what, [operator, controller.daemon, ...lockstep.replicas().map(({ daemon }) => daemon)], is);

/** Who asked for what of the Secret, and what the API server answered: `external-secrets create 201` */
async function calls({ namespace }: ExternalTeam): Promise<readonly string[]> {
  const entries = await secretAuditEntries(cluster);
  return entries
    .filter(({ objectRef }) => objectRef?.namespace === namespace && objectRef.name === NAME)
    .map(
      ({ user, verb, responseStatus }) =>
        `${user.username.split(':').at(-1)} ${verb} ${responseStatus?.code}`,
    );
}

const writes = async (team: ExternalTeam): Promise<readonly string[]> =>
  (await calls(team)).filter((call) => !/ (get|list|watch) /.test(call));

interface Told {
  readonly reason: string;
  readonly message: string;
}

const eventsIn = async ({ namespace }: ExternalTeam): Promise<readonly Told[]> =>
  (await cluster.request(`/api/v1/namespaces/${namespace}/events`)).json().items;

/** The first Event with that reason, once there is one. */
async function reported(team: ExternalTeam, wanted: string): Promise<Told | undefined> {
  const find = async () => (await eventsIn(team)).find(({ reason }) => reason === wanted);
  await has(`an Event ${wanted}`, async () => (await find()) !== undefined);
  return find();
}

t.test('G14: a Secret that is right is written once, and neither door of lockstep changes it', async (t) => {
  const team = await anExternalTeam(cluster);
  await team.store(RIGHT);
  await team.fetch(NAME, KEYS);
  await has('the Secret', async () => (await team.stored()) !== undefined);
  const before = await team.stored();
  t.same(before?.values, RIGHT);
  await has('the controller', async () => (await calls(team)).includes('lockstep-controller get 200'));
  await team.refreshed(NAME, 4);
  t.match(await team.ready(NAME), { status: 'True', reason: 'SecretSynced', message: 'secret synced' });
  t.same(await team.stored(), before);
  t.same(await writes(team), ['external-secrets create 201']);
  t.match(
    await lockstep.metrics(),
    /^lockstep_admission_reviews_total\{webhook="validate",operation="CREATE",verdict="allowed",dry_run="false"\} [1-9]/m,
  );
});

t.test('G14: a Secret that is denied: an Event on the ExternalSecret tells what was wrong', async (t) => {
  const team = await anExternalTeam(cluster);
  await team.store({ ...RIGHT, JWT_SECRET: placeholder });
  await team.fetch(NAME, KEYS);
  await has('a condition', async () => (await team.ready(NAME)).status === 'False');
  // Nothing of why.
  t.match(await team.ready(NAME), { reason: 'SecretSyncedError', message: 'could not update secret' });
  const why = 'data[JWT_SECRET]: is a placeholder [lockstep/placeholder]: set a generated value';
  t.match(await reported(team, 'SecretDenied'), {
    type: 'Warning',
    involvedObject: { kind: 'ExternalSecret', name: NAME },
    reportingComponent: 'lockstep-webhook',
    message: `Secret ${NAME} was not written: ${why}`,
  });
  // Its own Event repeats the answer of the API server.
  t.match(await reported(team, 'UpdateFailed'), {
    involvedObject: { kind: 'ExternalSecret', name: NAME },
    reportingComponent: 'external-secrets',
    message: `admission webhook "validate.lockstep.dev" denied the request: ${why}`,
  });
  t.equal(await team.stored(), undefined);

  await team.store(RIGHT);
  await has('the Secret', async () => (await team.ready(NAME)).status === 'True');
  t.same((await team.stored())?.values, RIGHT);
  const [last, ...denied] = (await writes(team)).toReversed();
  t.equal(last, 'external-secrets create 201');
  t.same([...new Set(denied)], ['external-secrets create 422']);
});

t.test('G14: a derived key that drifted is reported, and left as it is', async (t) => {
  const team = await anExternalTeam(cluster);
  await team.store(DRIFTED);
  await lockstep.stop();
  await team.fetch(NAME, KEYS);
  await has('the Secret', async () => (await team.stored()) !== undefined);
  await lockstep.start();
  const before = await team.stored();

  const path = `/apis/wgpolicyk8s.io/v1alpha2/namespaces/${team.namespace}/policyreports/lockstep`;
  await has('the report', async () => (await cluster.request(path)).status === 200);
  const message =
    "data[DATABASE_URL]: has another password than POSTGRES_PASSWORD [lockstep/mismatch]: correct it in the ExternalSecret's template";
  t.match((await cluster.request(path)).json().results, [{ rule: 'mismatch', result: 'fail', message }]);
  t.match(await reported(team, 'SecretViolation'), {
    involvedObject: { kind: 'Secret', name: NAME },
    reportingComponent: 'lockstep-controller',
    message,
  });
  const counted =
    /^lockstep_controller_policy_findings\{policy="reconciliation",rule="mismatch",action="Enforce"\} 1$/m;
  await has('the metric', async () => counted.test(await controller.metrics()));

  await team.refreshed(NAME, 2);
  t.same(await team.stored(), before);
  t.same(await writes(team), ['external-secrets create 201']);
  t.match(await controller.metrics(), /^lockstep_controller_writes_total\{resource="secrets"\} 0$/m);
});

t.test('G14: no part of a value is in any output', async (t) => {
  const search = canarySearcher([placeholder, left]);
  const outputs = {
    'the output of lockstep': lockstep.logs(),
    'the log of its controller': controller.daemon.log(),
    'the log of the operator': operator.log(),
    'the audit log': await cluster.auditLog(),
    'all Events': (await cluster.request('/api/v1/events')).text,
    'all reports': (await cluster.request('/apis/wgpolicyk8s.io/v1alpha2/policyreports')).text,
    'the metrics of the controller': await controller.metrics(),
  };
  for (const [where, output] of Object.entries(outputs)) {
    t.same(search(output), [], where);
    t.ok(output.length > 0, `${where} is not empty`);
  }
});
