import { tmpdir } from 'node:os';
import file, { type Test } from 'tap';
import type { ClusterOptions } from '../../testbed/cluster/cluster.ts';
import { type Controllers, installController } from '../../testbed/lockstep/controller.ts';
import { aPostgres, type PostgresOptions } from '../../testbed/postgres/postgres.ts';
import type { Daemon } from '../../testbed/process/daemon.ts';
import { until } from '../../testbed/process/until.ts';
import { aCluster } from '../cluster/cluster.ts';
import { madeIn } from './small-disk.ts';
import { DATABASE, type Loose, type Team, type TeamEnvironment, type Texts } from './team.ts';

export interface CredentialWorld extends TeamEnvironment {
  readonly controllers: Controllers;
  /** Path of a kubeconfig of the controller's ServiceAccount. */
  readonly kubeconfig: string;
}

/** Timeout of a test file with dozens of changes, one after another. Milliseconds. */
const TIMEOUT_MS = 15 * 60 * 1000;

/**
 * A real cluster with lockstep's CRDs and rights, and a real server. No webhook answers, so the controller makes each
 * correction. `disk` is the folder of the server's data.
 */
export async function aWorld(
  t: Test,
  { disk = tmpdir(), ...options }: ClusterOptions & PostgresOptions & { readonly disk?: string } = {},
): Promise<CredentialWorld> {
  file.setTimeout(Math.max(TIMEOUT_MS, file.options.timeout ?? 0));
  const [cluster, postgres] = await Promise.all([
    aCluster(t, { controllers: true, nodes: 1, ...options }),
    madeIn(disk, () => aPostgres(t, options)),
  ]);
  const [controllers] = await Promise.all([
    installController(cluster),
    postgres.sql(`CREATE DATABASE ${DATABASE}`),
  ]);
  const webhooks = 'mutatingwebhookconfiguration,validatingwebhookconfiguration';
  await cluster.mustRun(['delete', webhooks, 'lockstep']);
  const kubeconfig = await cluster.serviceAccountKubeconfig('lockstep-system', 'lockstep-controller');
  return { cluster, postgres, controllers, kubeconfig };
}

/** A busy machine with several changes at once needs more than a minute. */
const IN_STEP_TIMEOUT_MS = 240_000;

/** Until a team's Secret and the server agree, no change is under way, and its PostgresCredential says so. */
export const untilInStep = (team: Team, daemons: readonly Daemon[] = []): Promise<void> =>
  until(`${team.place.namespace} to be in step`, daemons, () => isInStep(team), IN_STEP_TIMEOUT_MS);

export async function isInStep(team: Team): Promise<boolean> {
  const [secret, record, credential] = await Promise.all([team.secret(), team.record(), team.credential()]);
  const { user, password } = team.kind.keys;
  const { change, changeRequest: wish, current } = record?.login ?? {};
  if (record?.rollout !== undefined || change !== undefined || wish !== undefined || current === undefined)
    return false;
  const isProven = current.password.withPlaintext(({ text }) => text === secret[password]);
  const isInStep =
    isProven && current.role === (secret[user] ?? 'default') && conditionOf(credential, 'Synced') === 'True';
  return isInStep && (await team.copies()).every((copy) => isCopyAtRest(copy, secret));
}

const isCopyAtRest = (
  { texts, record }: Awaited<ReturnType<Team['copies']>>[number],
  { POSTGRES_PASSWORD }: Texts,
): boolean =>
  record?.rollout === undefined &&
  record?.pending === undefined &&
  texts.POSTGRES_PASSWORD === POSTGRES_PASSWORD;

export const conditionOf = ({ status }: Loose, type: string): string | undefined =>
  status?.conditions?.find((condition: Loose) => condition.type === type)?.status;

export const messageOf = ({ status }: Loose, type: string): string | undefined =>
  status?.conditions?.find((condition: Loose) => condition.type === type)?.message;
