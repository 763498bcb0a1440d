import { setTimeout as sleep } from 'node:timers/promises';
import type { RolloutEvent } from '../../../src/controllers/ports.ts';
import { advanceRollout, type RolloutNeeds } from '../../../src/controllers/secret/rollout.ts';
import type { Rollout } from '../../../src/engine/secret/record/record.ts';
import { plainSecret } from '../../../src/engine/secret/secret.ts';
import { workloadId } from '../../../src/engine/workloads/rollout/consumers.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import {
  readTemplateCreationTime,
  readWorkload,
  readWorkloads,
  restartWorkload,
} from '../../../src/kube/objects/workloads.ts';
import { readSecret } from '../../../src/kube/secrets/stored-secrets.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { until } from '../../testbed/process/until.ts';

type Fields = Readonly<Record<string, unknown>>;

export const fromKey = (key: string): Fields => ({
  env: [{ name: key, valueFrom: { secretKeyRef: { name: 'app', key } } }],
});

/** Manifest of a workload on node-1, whose container has those fields; `spec` is laid over its own. */
export function aManifest(
  kind: string,
  name: string,
  container: Fields,
  spec: Fields = {},
  volumes: Fields[] = [],
) {
  const labels = { app: `${kind}-${name}`.toLowerCase() };
  const containers = [{ name: 'main', image: 'main', ...container }];
  const pod = { nodeName: 'node-1', terminationGracePeriodSeconds: 0, containers, volumes };
  const metadata = { name, labels };
  if (kind === 'CronJob') {
    const template = { metadata: { labels }, spec: { ...pod, restartPolicy: 'Never' } };
    const schedule = '0 4 1 1 *';
    return {
      apiVersion: 'batch/v1',
      kind,
      metadata,
      spec: { schedule, jobTemplate: { spec: { template } } },
    };
  }
  const template = { metadata: { labels }, spec: pod };
  // Kubernetes 1.30 requires it.
  const service = kind === 'StatefulSet' ? { serviceName: name } : {};
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata,
    spec: { selector: { matchLabels: labels }, template, ...service, ...spec },
  };
}

/** A namespace with the Secret `app`, and workloads that are rolled out. */
export async function aTeam(cluster: Cluster, namespace: string, manifests: readonly object[]) {
  const api = connect({ kubeconfig: cluster.kubeconfig });
  const place = { namespace, name: 'app' };
  const kubectl = async (args: readonly string[], input?: object) =>
    (await cluster.mustRun([...args, '-n', namespace], { input })).stdout;
  await cluster.mustRun(['create', 'namespace', namespace]);
  const values = ['--from-literal=JWT_SECRET=one', '--from-literal=CSRF_SECRET=k3Jx9vQpL2mZ8tRw'];
  await kubectl(['create', 'secret', 'generic', 'app', ...values]);
  await kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: manifests });
  const workloads = () => readWorkloads(api, namespace);
  const rolledOut = () =>
    until(`the workloads of ${namespace}`, [], async () =>
      (await workloads()).every(({ progress }) => progress.kind === 'done' || progress.kind === 'held'),
    );
  await rolledOut();

  /** The same values another time, and the rollout that it opens. */
  async function change(key: string, number: number, before?: Rollout): Promise<Rollout> {
    await kubectl(['patch', 'secret', 'app', '-p', JSON.stringify({ stringData: { [key]: `${number}` } })]);
    const time = (await readSecret(api, place))?.written.time ?? new Date(0);
    const changes = [...(before?.changes ?? []), { number, time, keys: [key] }];
    return { done: new Map(), current: undefined, ...before, changes, stopped: undefined };
  }

  /** Takes steps until it is finished, or `isEnough`. `crashing`: what each step has come to is lost once. */
  async function drive(
    rollout: Rollout,
    {
      crashing = false,
      isEnough = (state: Rollout) => state.stopped !== undefined,
      timeout = 60_000,
      by = api,
    } = {},
  ) {
    const events: string[] = [];
    const overlaps: string[] = [];
    const restarted = new Set<string>();
    const needs: RolloutNeeds = {
      workloads: (name) => readWorkloads(by, name),
      workload: (name, id) => readWorkload(by, name, id),
      templateChangedAt: (workload) => readTemplateCreationTime(by, workload),
      restart: async (workload, stamp) => {
        restarted.add(workloadId(workload));
        for (const { kind, name, progress } of await workloads()) {
          const id = workloadId({ kind, name });
          const isBusy = progress.kind === 'underway' && id !== workloadId(workload);
          if (isBusy && restarted.has(id)) overlaps.push(`${id} while ${workloadId(workload)} was restarted`);
        }
        await restartWorkload(by, workload, stamp, new Date());
      },
      now: () => new Date(),
      timeout,
    };
    for (let state = rollout; ; ) {
      const secret = (await readSecret(api, place))?.secret ?? plainSecret(place);
      if (crashing) await advanceRollout(secret, state, needs);
      const { rollout: next, requeueAfter: after, event } = await advanceRollout(secret, state, needs);
      if (event !== undefined) events.push(changeText(event));
      if (next === undefined || isEnough(next)) return { rollout: next, events, overlaps };
      state = next;
      await sleep(after);
    }
  }

  /** `lockstep.dev/secret-version` of those pod templates that have one, by `Kind/name`. */
  async function stamps(): Promise<Readonly<Record<string, string>>> {
    const found = (await workloads()).flatMap((workload) =>
      workload.versionAnnotation === undefined ? [] : [[workloadId(workload), workload.versionAnnotation]],
    );
    return Object.fromEntries(found);
  }

  return { namespace, kubectl, change, drive, stamps, rolledOut };
}

const changeText = (event: RolloutEvent): string =>
  event.kind === 'finished' ? `finished ${event.workloads}` : `${event.kind} ${workloadId(event.workload)}`;
