/** The kinds whose pods lockstep replaces, in the order of their restarts. A Rollout is that of Argo Rollouts. */
export const WORKLOAD_KINDS = ['Deployment', 'Rollout', 'StatefulSet', 'DaemonSet', 'CronJob'] as const;

export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];
