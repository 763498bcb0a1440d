import { join } from 'node:path';
import { helm } from '../cluster/helm.ts';
import { aTeam } from '../cluster/team.ts';
import { ROOT } from '../pages/pages.ts';
import type { Failure } from './failure.ts';
import {
  type FailureCluster,
  GOOD_SECRET,
  untilGranted,
  untilRefused,
  untilValidated,
} from './failure-cluster.ts';
import { seconds } from './row.ts';

/** A chart of a ConfigMap and, on request, a Secret. */
const CHART = join(ROOT, 'test', 'data', 'charts', 'shop');

/** Actions of other tools while every pod is dead under Fail. */
export const OTHERS: readonly Failure[] = [
  {
    name: 'helm upgrade and rollback while all pods are dead, no Secret in the chart',
    run: async (t, env, { user, seen }) => {
      const { run, tell } = await aRelease(env);
      await run('install shop CHART');
      await env.lockstep().stop();
      await untilRefused(env);
      for (const command of ['upgrade shop CHART --set color=green', 'rollback shop 1']) {
        const { exitCode, stderr } = await user(() => tell(command));
        t.equal(exitCode, 0, `helm ${command}: ${stderr}`);
      }
      t.match(await run('status shop'), 'STATUS: deployed');
      seen('both go through');
      await env.lockstep().start();
    },
  },
  {
    name: 'helm upgrade and rollback while all pods are dead, a Secret in the chart',
    run: async (t, env, { user, seen, fix, lasts }) => {
      const { run, tell } = await aRelease(env);
      await run('install shop CHART --set secret=Vq7mT2xLr9KcW4nB8sZdHf3Jy6PwTg5R');
      await env.lockstep().stop();
      await untilRefused(env);
      const { exitCode, stderr } = await user(() =>
        tell('upgrade shop CHART --set secret=Kd8sLq2mZx7vBn4cTr6yWp9eJh3fXu1M'),
      );
      t.equal(exitCode, 1);
      t.match(stderr, 'failed calling webhook "validate.lockstep.dev"');
      t.match((await tell('status shop')).stdout, 'STATUS: failed');
      seen('refused, and the release is failed, not pending');

      await lasts(async () => {
        await fix('kubectl apply -k manifests');
        await untilGranted(env);
      }, 'until the way out counts');
      await run('rollback shop 1');
      t.match(await run('status shop'), 'STATUS: deployed');
      await env.lockstep().apply('manifests/overlays/fail-closed');
      await env.lockstep().start();
    },
  },
  {
    name: 'a namespace is deleted while all pods are dead',
    run: async (t, env, { user, seen, lasts }) => {
      const team = await aTeam(env.cluster);
      await team.run('apply -f -', { input: GOOD_SECRET });
      await env.lockstep().stop();
      await untilRefused(env);
      await lasts(async () => {
        const { exitCode, stderr } = await user(() =>
          env.cluster.kubectl(['delete', 'namespace', team.namespace, '--timeout=60s']),
        );
        t.equal(exitCode, 0, stderr);
      }, 'until it is gone');
      seen('it goes, with its Secrets');
      await env.lockstep().start();
    },
  },
  {
    name: 'the namespace lockstep-system is deleted',
    run: async (t, env, { user, seen, fix, lasts }) => {
      const team = await aTeam(env.cluster);
      await env.lockstep().stop();
      await env.cluster.mustRun(['delete', 'namespace', 'lockstep-system', '--timeout=60s']);
      const write = await user(() => team.kubectl('apply -f -', { input: GOOD_SECRET }));
      t.equal(write.exitCode, 1);
      seen(`a right Secret is refused, in ${seconds(write.ms)}`);
      await lasts(async () => {
        await fix('kubectl apply -k manifests');
        await untilGranted(env);
      }, 'until the way out counts');
      await env.install();
      await untilValidated(env);
    },
  },
  {
    name: 'lockstep is uninstalled while all pods are dead',
    run: async (t, env, { user, seen, fix, lasts }) => {
      const team = await aTeam(env.cluster);
      await env.lockstep().stop();
      await untilRefused(env);
      await env.cluster.mustRun('get secretpolicies,postgrescredentials,rediscredentials -A'.split(' '));
      await lasts(async () => {
        await fix('kubectl delete -k manifests --ignore-not-found --timeout=60s');
        await untilGranted(env);
      }, 'until it is gone');
      const write = await user(() => team.kubectl('apply -f -', { input: GOOD_SECRET }));
      t.equal(write.exitCode, 0, write.stderr);
      seen('it does not hang, and Secrets are written without validation');
      await env.install();
      await untilValidated(env);
    },
  },
];

/** Helm in a namespace of its own. Words are separated by blanks; CHART stands for the chart. */
async function aRelease({ cluster, shell }: FailureCluster) {
  const { namespace } = await aTeam(cluster);
  const tell = (words: string) =>
    helm(
      words
        .split(' ')
        .map((word) => (word === 'CHART' ? CHART : word))
        .concat('-n', namespace),
      shell.dir,
      cluster.kubeconfig,
    );
  const run = async (words: string): Promise<string> => {
    const { stdout, stderr, exitCode } = await tell(words);
    if (exitCode !== 0) throw new Error(`helm ${words}: ${stderr}`);
    return stdout;
  };
  return { tell, run };
}
