/** The kinds whose pods are replaced when their template changes, in the order in which they are brought to a new value. */
export const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'] as const;

export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];
