/** The kinds whose pods are replaced when their template changes, in the order in which lockstep restarts them. */
export const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'] as const;

export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];
