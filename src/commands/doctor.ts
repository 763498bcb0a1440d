import { diagnose, type Told } from '../engine/doctor/checks.ts';
import { LockstepError } from '../errors.ts';
import { connect } from '../kube/connect.ts';
import { type DoctorFormat, doctorReport } from '../report/doctor-report.ts';
import { gatherFacts } from './doctor-facts.ts';
import { coloured, type Shell } from './shell.ts';

export interface DoctorOptions {
  readonly cluster?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
  /** That lockstep runs in. */
  readonly namespace: string;
  readonly format: DoctorFormat;
}

/**
 * Looks at the cluster and says what is wrong. Resolves with the exit code: 0 nothing but warnings, 1 a fault, 2 not all could be found out. Throws a
 * LockstepError where it could not begin.
 */
export async function doctor(
  secret: string | undefined,
  options: DoctorOptions,
  { stdout, env }: Pick<Shell, 'stdout' | 'env'>,
): Promise<number> {
  if (secret !== undefined || options.cluster !== true)
    throw new LockstepError('BAD_OPTION', ['doctor', GIVE]);
  const cluster = connect(options);
  const told = diagnose(await gatherFacts(cluster, options.namespace, new Date()));
  stdout.write(doctorReport(told, options.format, coloured(stdout, env)));
  return exitCodeOf(told);
}

const GIVE = 'give --cluster, to look at the cluster; of one Secret it has nothing to tell yet';

function exitCodeOf(told: readonly Told[]): number {
  if (told.some(({ outcome }) => outcome === 'fault')) return 1;
  return told.some(({ outcome }) => outcome === 'unknown') ? 2 : 0;
}
