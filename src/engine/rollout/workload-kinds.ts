/** The kinds whose pods are replaced when their template changes, in the order in which they are brought to a new value. */
export const KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'] as const;

export type Kind = (typeof KINDS)[number];
