import { ADMINISTRATORS, COMMON } from './conditions.ts';
import { app, ONE, type Plant, type Situation, TWO, workload } from './planting.ts';
import { CONSUMERS, COPIES } from './readers.ts';

const both = (name: string, plant: Plant | undefined): readonly Situation[] => [
  { name: `two roles, ${name}`, team: TWO, plant },
  { name: `one role, ${name}`, team: ONE, plant },
];

/** Agreed copies in another namespace, each with a reader. */
function copySituations(): readonly Situation[] {
  const withCopies = (name: string, copies: number, plant?: Plant): Situation => ({
    name,
    team: TWO,
    copies,
    plant,
  });
  const copy = (namespace: string) => app(`${namespace}-copies`, 'secrets/copy-1');
  return [
    withCopies('an agreed copy', 1),
    withCopies('two agreed copies', 2),
    withCopies('a copy that is immutable', 1, ({ patch, namespace }) =>
      patch(copy(namespace), { immutable: true }),
    ),
    withCopies('a copy without its consent', 1, ({ patch, namespace }) =>
      patch(copy(namespace), { metadata: { annotations: { 'lockstep.dev/copy-of': null } } }),
    ),
    withCopies('a copy that is gone', 1, ({ world, namespace }) =>
      world.cluster.mustRun(['-n', `${namespace}-copies`, 'delete', 'secret', 'copy-1']),
    ),
    withCopies('a copy without the user', 1, ({ patch, namespace }) =>
      patch(copy(namespace), { data: { POSTGRES_USER: null } }),
    ),
    withCopies('a copy of External Secrets', 1, ({ patch, namespace }) =>
      patch(copy(namespace), { metadata: { labels: { 'reconcile.external-secrets.io/managed': 'true' } } }),
    ),
    withCopies('a copy with a paused reader', 1, ({ patch, namespace }) =>
      patch(workload(`${namespace}-copies`, 'deployments/copy-1-1'), { spec: { paused: true } }),
    ),
  ];
}

/** A pod of kwok is ready at once. That of an application takes some seconds, in which the old pod stays. */
const slowStart: Plant = ({ patch, namespace }) =>
  patch(workload(namespace, 'deployments/api'), { spec: { minReadySeconds: 3 } });

/** One role whose consumers get the new password later than the server. */
const LATE: readonly Situation[] = [
  { name: 'one role with a Deployment', team: { strategy: 'SingleUser', pods: 1 }, plant: slowStart },
  {
    name: 'one role with an administrator and a Deployment',
    team: { strategy: 'SingleUser', admin: true, pods: 1 },
    plant: slowStart,
  },
  { name: 'one role with an administrator', team: { ...ONE, admin: true }, clients: [] },
];

/** At least a hundred. */
export const SITUATIONS: readonly Situation[] = [
  ...Object.entries(COMMON).flatMap(([name, plant]) => both(name, plant)),
  ...Object.entries(COPIES).map(([name, { plant, clients }]) => ({
    name,
    team: TWO,
    plant,
    ...(clients && { clients }),
  })),
  ...Object.entries(CONSUMERS).map(([name, { plant, clients }]) => ({
    name,
    team: TWO,
    plant,
    ...(clients && { clients }),
  })),
  ...Object.entries(ADMINISTRATORS).map(([name, plant]) => ({ name, team: TWO, plant })),
  ...copySituations(),
  ...LATE,
];
