import t from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { fakeKubelet } from '../../helpers/cluster/fake-kubelet.ts';
import type { KubectlOptions } from '../../testbed/cluster/kubectl.ts';
import { applyOverlay } from '../../testbed/lockstep/install.ts';
import { canListen, freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';

const PASSWORD = 'Vq7mT2xLr9KcW4nB8sZd';
const SYNCED = `postgresql://app:${PASSWORD}@db:5432/shop`;
const STALE_URL = 'postgresql://app:Zk3pQw8yTn5Rb2Jd@db:5432/shop';
const RESTORER = 'system:serviceaccount:velero:velero-server';

const cluster = await aCluster(t, { controllers: true });
const address = cluster.serviceIP(10);
const port = (await canListen(address, 443)) ? 443 : await freePort(address);
const kubelet = fakeKubelet(t, cluster, { address, port }, ['webhook', 'controller']);
const kubectl = (args: string, more: KubectlOptions = {}) => cluster.kubectl(args.split(' '), more);
const mustRun = (args: string) => cluster.mustRun(args.split(' '));
const apply = async (overlay: string) => {
  await applyOverlay(cluster, overlay, { address, port });
  await mustRun('rollout status deployment/lockstep-webhook -n lockstep-system --timeout=90s');
};
const create = (name: string, literals: Readonly<Record<string, string>>, more: KubectlOptions = {}) => {
  const flags = Object.entries(literals).map(([key, value]) => `--from-literal=${key}=${value}`);
  return kubectl(`create secret generic ${name} ${flags.join(' ')}`, more);
};
const tryOut = (more: KubectlOptions = {}) =>
  kubectl('create secret generic probe --from-literal=JWT_SECRET=changeme --dry-run=server', more);
/** A terminating pod still answers on its open connections. */
const untilSaid = (what: string, isSo: (said: { stderr: string; exitCode: number }) => boolean) =>
  until(what, [], async () => isSo(await tryOut()));
const stored = async (name: string) => {
  const { stdout } = await mustRun(`get secret ${name} -o jsonpath={.data.DATABASE_URL}`);
  return Buffer.from(stdout, 'base64').toString();
};
const looks = () => kubelet.logs().split('"message":"full scan completed"').length;
const STALE = {
  POSTGRES_USER: 'app',
  POSTGRES_PASSWORD: PASSWORD,
  POSTGRES_DB: 'shop',
  DATABASE_URL: STALE_URL,
};

t.test('audit: changes, refuses and prints nothing, and logs each finding', async (t) => {
  await apply('manifests/overlays/audit');
  await until('a first review', [], async () => {
    await tryOut();
    return kubelet.logs().includes('JWT_SECRET=placeholder/Audit');
  });
  const { stderr, exitCode } = await create('audited', { ...STALE, JWT_SECRET: 'changeme' });
  t.same({ stderr, exitCode }, { stderr: '', exitCode: 0 });
  t.equal(await stored('audited'), STALE_URL);
  await until('the finding in the log', [], () =>
    /"name":"audited".*"DATABASE_URL=mismatch\/Audit"/.test(kubelet.logs()),
  );
});

t.test('audit: changes nothing by the controller either', async (t) => {
  const before = looks();
  await mustRun('rollout restart deployment/lockstep-controller -n lockstep-system');
  await mustRun('rollout status deployment/lockstep-controller -n lockstep-system --timeout=90s');
  await until('a look at every Secret', [], () => looks() > before);
  t.equal(await stored('audited'), STALE_URL);
  t.equal((await mustRun('get secrets -A -l lockstep.dev/record=true -o name')).stdout, '');
});

t.test('warn: refuses nothing, warns by kubectl, and corrects derived keys', async (t) => {
  const before = looks();
  await apply('manifests/overlays/warn');
  await untilSaid('a warning', ({ stderr }) => stderr.includes('[lockstep/placeholder]'));
  const { stderr, exitCode } = await create('warned', { ...STALE, JWT_SECRET: 'changeme' });
  t.equal(exitCode, 0, stderr);
  t.match(stderr, /^Warning: .*JWT_SECRET.*\[lockstep\/placeholder\]/m);
  t.equal(await stored('warned'), SYNCED);
  await until('the controller to look at every Secret', [], () => looks() > before);
  t.equal(await stored('audited'), STALE_URL, 'and to leave what was stored before');
});

t.test('base: refuses a bad Secret, and only warns a warn-only user', async (t) => {
  await apply('manifests');
  await untilSaid('a denial', ({ exitCode }) => exitCode !== 0);
  await mustRun(
    `set env deployment/lockstep-webhook -n lockstep-system LOCKSTEP_WARN_ONLY_USERS=${RESTORER}`,
  );
  await apply('manifests');
  await mustRun('create clusterrole restorer --verb=create --resource=secrets');
  await mustRun(
    'create clusterrolebinding restorer --clusterrole=restorer --serviceaccount=velero:velero-server',
  );
  await until('a warning for the restorer', [], async () => (await tryOut({ as: RESTORER })).exitCode === 0);

  const restored = await create('restored', { ...STALE, JWT_SECRET: 'changeme' }, { as: RESTORER });
  t.equal(restored.exitCode, 0, restored.stderr);
  t.match(restored.stderr, /^Warning: .*JWT_SECRET.*\[lockstep\/placeholder\]/m);
  t.equal(await stored('restored'), STALE_URL, 'nothing is changed');
  t.match((await tryOut()).stderr, /denied the request: .*\[lockstep\/placeholder\]/);
  await until('the controller to report it', [], async () =>
    /SecretViolation.*restored.*mismatch/.test((await mustRun('get events')).stdout),
  );
  t.equal(await stored('restored'), STALE_URL, 'and to leave it');
});
