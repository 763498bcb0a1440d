import { join } from 'node:path';
import t from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aTeam } from '../../helpers/cluster/team.ts';
import { untilRefused } from '../../helpers/floor/floor-cluster.ts';

t.setTimeout(5 * 60 * 1000);

const MANIFESTS = join(import.meta.dirname, '..', '..', '..', 'manifests');
const OVERLAY = join(MANIFESTS, 'overlays', 'floor');
const FLOOR = join(MANIFESTS, 'components', 'floor', 'floor.yaml');

t.test('the overlay adds the floor to an installation, with each form of kubectl apply', async (t) => {
  const cluster = await aCluster(t);
  const apply = async (...words: readonly string[]) => cluster.kubectl(['apply', ...words]);
  t.match(await apply('-k', MANIFESTS), { exitCode: 0 });
  t.match(await apply('-k', OVERLAY), { exitCode: 0, stderr: '' });
  t.match(await apply('--server-side', '--force-conflicts', '-k', OVERLAY), { exitCode: 0 });
  t.match(await apply('--server-side', '--force-conflicts', '-f', FLOOR), { exitCode: 0 });
  await untilRefused(cluster);

  const team = await aTeam(cluster);
  const created = await team.kubectl('create secret generic app --from-literal=JWT_SECRET=CHANGE_ME');
  t.equal(created.exitCode, 1);
  t.match(created.stderr, "ValidatingAdmissionPolicy 'lockstep-floor'");
});
