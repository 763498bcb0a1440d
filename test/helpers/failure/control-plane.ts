import { aTeam } from '../cluster/team.ts';
import type { Failure } from './failure.ts';
import { BAD_SECRET, GOOD_SECRET, untilValidated } from './failure-cluster.ts';
import { seconds } from './row.ts';

/** A dependency of lockstep fails. */
export const CONTROL_PLANE: readonly Failure[] = [
  {
    name: 'the API server restarts',
    run: async (t, env, { user, seen, lasts }) => {
      const team = await aTeam(env.cluster);
      await env.cluster.restartApiServer();
      await lasts(() => untilValidated(env), 'after it is back');
      const write = await user(() => team.kubectl('apply -f -', { input: GOOD_SECRET }));
      t.equal(write.exitCode, 0, write.stderr);
      const wrong = await user(() => team.kubectl('replace -f -', { input: BAD_SECRET }));
      t.match(wrong.stderr, '[lockstep/placeholder]');
      seen('the first writes after it are validated');
    },
  },
  {
    name: 'etcd hangs',
    run: async (t, env, { user, seen, lasts }) => {
      const team = await aTeam(env.cluster);
      const { pid } = env.cluster.etcd;
      process.kill(pid, 'SIGSTOP');
      try {
        const wrong = await user(() => team.kubectl('create -f -', { input: BAD_SECRET }));
        t.match(wrong.stderr, '[lockstep/placeholder]');
        seen(`a wrong Secret is refused as always, in ${seconds(wrong.ms)}`);
        const write = await user(() =>
          team.kubectl('create -f - --request-timeout=4s', { input: GOOD_SECRET }),
        );
        t.equal(write.exitCode, 1);
        t.match(write.stderr, /timeout|deadline/i);
        seen('a right one waits for etcd');
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await lasts(async () => {
        await team.run('apply -f -', { input: GOOD_SECRET });
        await untilValidated(env);
      }, 'after it goes on');
    },
  },
];
