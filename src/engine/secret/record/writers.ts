/**
 * The writers of lockstep's own versions: the controller, or a command that a person runs. All requests have one field
 * manager, so the record keeps the writer from the plan on.
 */
export type Writer = 'lockstep-controller' | 'lockstep';

const WRITERS: ReadonlySet<string> = new Set<Writer>(['lockstep-controller', 'lockstep']);

/** Whether the writer of a version is lockstep itself. */
export const isOwnWriter = (by: string): boolean => WRITERS.has(by);

/** The field managers of backup tools. Velero writes as its server. */
export const BACKUP_TOOLS: readonly string[] = ['velero-server'];
