import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { startReplica } from '../../testbed/lockstep/replica.ts';
import { freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';
import { aTeam, type Team } from '../cluster/team.ts';
import { aSecretPolicy } from '../policy/secret-policy.ts';
import type { Failure } from './failure.ts';
import { aMuteProxy } from './mute-proxy.ts';

const WATCHING = 'lockstep_watch_connected{resource="secretpolicies"}';

/** A change does not reach lockstep. */
export const RIGHTS_TAKEN: Failure = {
  name: 'its rights are taken away while it runs',
  run: async (t, env, { user, seen, fix, lasts }) => {
    const { cluster } = env;
    const team = await aTeam(cluster);
    await putPolicy(cluster, ['FIRST']);
    await until('the policy to be in force', [], () => isRequired(team, 'FIRST'));
    await cluster.mustRun(['delete', 'clusterrolebinding', 'lockstep-webhook']);
    // An open watch continues for some minutes without the right.
    await cluster.restartApiServer();
    await until('the watch to be refused', [], async () =>
      (await env.lockstep().metrics()).includes(`\n${WATCHING} 0\n`),
    );

    await putPolicy(cluster, ['FIRST', 'SECOND']);
    const wrong = await user(() => write(team, []));
    t.match(wrong.stderr, 'data[FIRST]: is missing');
    const late = await user(() => write(team, ['FIRST']));
    t.equal(late.exitCode, 0, late.stderr);
    seen('Secrets are validated by the policies as they were last seen; a change of one does not count yet');

    await lasts(async () => {
      await fix('kubectl apply -k manifests/overlays/fail-closed');
      await until('the change to be in force', [], () => isRequired(team, 'SECOND'));
    }, 'until the change counts');
    await cluster.mustRun(['delete', 'secretpolicy', 'shop']);
  },
};

/** It takes more than two minutes in which nothing happens. */
export const WATCH_SILENT: Failure = {
  name: 'the network between lockstep and the API server falls silent',
  run: async (t, env, { user, seen, lasts }) => {
    const { cluster } = env;
    const team = await aTeam(cluster);
    const proxy = await aMuteProxy(t, Number(new URL(cluster.server).port));
    await env.lockstep().stop();
    const { address, port } = env.lockstep();
    const place = { address, port, metricsPort: await freePort(address) };
    const replica = await startReplica(cluster, 'lockstep-cut-off', place, {
      LOCKSTEP_KUBECONFIG: await kubeconfigVia(cluster, proxy.port),
    });
    await putPolicy(cluster, ['FIRST']);
    await until('the policy to be in force', [replica.daemon], () => isRequired(team, 'FIRST'));

    proxy.mute();
    await putPolicy(cluster, ['FIRST', 'SECOND']);
    await lasts(async () => {
      const wrong = await user(() => write(team, []));
      t.match(wrong.stderr, 'data[FIRST]: is missing');
      const late = await user(() => write(team, ['FIRST']));
      t.equal(late.exitCode, 0, late.stderr);
      // Noticed after 130 s: the watch is opened again after 100 s, and that fails 30 s later. The next line waits for
      // another minute.
      await sleep(90_000);
      await until('the silence to be noticed', [replica.daemon], async () =>
        (await replica.metrics()).includes(`\n${WATCHING} 0\n`),
      );
    }, 'until it is noticed');
    seen('Secrets are validated by the policies as they were last seen; a change of one does not count yet');
    const still = await user(() => write(team, []));
    t.match(still.stderr, 'data[FIRST]: is missing');

    proxy.unmute();
    await lasts(
      () => until('the change to be in force', [replica.daemon], () => isRequired(team, 'SECOND')),
      'after it is back',
    );
    await replica.daemon.stop();
  },
};

/** Requires these keys of the Secret shop. */
async function putPolicy(cluster: Cluster, required: readonly string[]): Promise<void> {
  const keys = Object.fromEntries(required.map((key) => [key, { required: true }]));
  const input = aSecretPolicy('shop', { match: { names: ['shop'] }, keys });
  await cluster.apply(input);
}

const write = (team: Team, keys: readonly string[]) =>
  team.kubectl(
    ['create secret generic shop --dry-run=server', ...keys.map((key) => `--from-literal=${key}=v`)].join(
      ' ',
    ),
  );

/** FIRST is there, so that only SECOND can be missing. */
const isRequired = async (team: Team, key: 'FIRST' | 'SECOND'): Promise<boolean> =>
  (await write(team, key === 'FIRST' ? [] : ['FIRST'])).stderr.includes(`data[${key}]: is missing`);

async function kubeconfigVia(cluster: Cluster, port: number): Promise<string> {
  const direct = await cluster.serviceAccountKubeconfig('lockstep-system', 'lockstep-webhook');
  const path = join(cluster.dir, 'by-proxy.kubeconfig');
  const text = readFileSync(direct, 'utf8').replaceAll(cluster.server, `https://127.0.0.1:${port}`);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
