import { aTeam } from '../cluster/team.ts';
import type { Failure } from './failure.ts';
import { BAD_SECRET, GOOD_SECRET, untilGranted, untilRefused, untilValidated } from './failure-cluster.ts';
import { seconds } from './row.ts';

/** No pod answers. */
export const PODS: readonly Failure[] = [
  {
    name: 'all pods are dead, Ignore',
    run: async (t, env, { user, seen, fix, lasts }) => {
      const lockstep = env.lockstep();
      const team = await aTeam(env.cluster);
      await lockstep.apply('manifests');
      await lockstep.stop();
      await untilGranted(env);

      const write = await user(() => team.kubectl('apply -f -', { input: BAD_SECRET }));
      t.equal(write.exitCode, 0, write.stderr);
      t.match((await team.stored())?.values, { JWT_SECRET: 'CHANGE_ME' });
      seen(`a wrong Secret goes in without validation, in ${seconds(write.ms)}`);

      await lasts(() => lockstep.start(), 'after the pods start');
      await untilValidated(env);
      const audit = await fix('lockstep audit', 1);
      t.match(audit, team.namespace, 'what went in meanwhile is found');
      await team.run('delete secret --all');
      await lockstep.apply('manifests/overlays/fail-closed');
    },
  },
  {
    name: 'all pods are dead, Fail',
    run: async (t, env, { user, seen, fix, lasts }) => {
      const lockstep = env.lockstep();
      const team = await aTeam(env.cluster);
      await lockstep.stop();
      // The configuration of the failure before may still count.
      await untilRefused(env);

      const write = await user(() => team.kubectl('apply -f -', { input: GOOD_SECRET }));
      t.equal(write.exitCode, 1);
      t.match(write.stderr, /failed calling webhook "validate.lockstep.dev".*connection refused/);
      t.equal(await team.stored(), undefined);
      seen(`a right Secret is refused, in ${seconds(write.ms)}`);
      await team.run('create secret generic release --type=helm.sh/release.v1');
      await team.run('delete secret release');
      seen('releases of Helm and deletes go through');

      await lasts(async () => {
        await fix('kubectl apply -k manifests');
        await untilGranted(env);
      }, 'until the way out counts');
      await user(() => team.run('apply -f -', { input: GOOD_SECRET }));

      await lockstep.start();
      await lockstep.apply('manifests/overlays/fail-closed');
    },
  },
  {
    name: 'all pods are dead, Fail, and one Secret must be written',
    run: async (t, env, { user, seen, fix, lasts }) => {
      const { cluster } = env;
      const payments = (words: string) => cluster.kubectl(['-n', 'payments', ...words.split(' ')]);
      await cluster.mustRun(['create', 'namespace', 'payments']);
      await payments('create secret generic payments --from-literal=color=blue');
      await env.lockstep().stop();
      await untilRefused(env);

      const patch = `patch secret payments -p ${JSON.stringify({ stringData: { color: 'red' } })}`;
      const refused = await user(() => payments(patch));
      t.equal(refused.exitCode, 1);
      await lasts(async () => {
        await fix(
          "kubectl -n payments annotate secret payments lockstep.dev/break-glass='INC-42: lockstep is down'",
        );
        const granted = await user(() => payments(patch));
        t.equal(granted.exitCode, 0, granted.stderr);
        t.match(granted.stderr, 'Warning: ', 'whoever breaks the glass is told');
      }, 'until it is written');
      seen('a write is refused; with the annotation, and the right, it goes in without validation');
      await env.lockstep().start();
    },
  },
];
