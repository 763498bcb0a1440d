import { diagnose, type NamedCheckResult } from '../../engine/diagnosis/cluster-checks/checks.ts';
import { credentialChecks } from '../../engine/diagnosis/secret-checks/credential-check.ts';
import { diagnoseSecret } from '../../engine/diagnosis/secret-checks/diagnosis.ts';
import { deletedSecretCheck } from '../../engine/diagnosis/secret-checks/record-check.ts';
import { referenceCheck } from '../../engine/diagnosis/secret-checks/reference-check.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import { type Cluster, connect } from '../../kube/client/connect.ts';
import { readRecord } from '../../kube/record/records.ts';
import { readSecret } from '../../kube/secrets/stored-secrets.ts';
import { objectText } from '../../manifest/write/object-text.ts';
import { type DoctorFormat, doctorObject, doctorText } from '../../report/doctor/doctor-report.ts';
import type { SecretOptions } from '../cli/cluster-options.ts';
import { coloured, type Shell } from '../cli/shell.ts';
import { expectedFloor } from '../policy-sources/floor.ts';
import { attemptFact, gatherClusterFacts } from './cluster-facts.ts';
import { referenceFacts } from './reference-facts.ts';
import { referencingCredentials } from './related-objects.ts';
import { gatherSecretFacts } from './secret-facts.ts';

export interface DoctorOptions extends SecretOptions {
  readonly cluster?: boolean;
  readonly lockstepNamespace: string;
  readonly output?: DoctorFormat | 'text';
  readonly adminSecret?: string;
  readonly connectTimeout: number;
}

/**
 * Diagnoses one Secret, or without one the cluster. Resolves with the exit code: 0 without a fault, 1 with a fault,
 * 2 if a check could not finish. Throws a LockstepError if it can't begin.
 */
export async function doctor(
  secret: SecretRef | undefined,
  options: DoctorOptions,
  shell: Pick<Shell, 'stdout' | 'stderr' | 'env' | 'root' | 'cpu'>,
): Promise<number> {
  if (secret !== undefined && options.cluster === true)
    throw new LockstepError('BAD_OPTION', ['doctor', USAGE]);
  const cluster = connect({ ...options, env: shell.env });
  const results =
    secret === undefined
      ? await checkCluster(cluster, options, shell)
      : await checkSecret(secret, cluster, options, shell);
  shell.stdout.write(reportText(results, options.output, shell));
  return exitCodeOf(results);
}

function reportText(
  results: readonly NamedCheckResult[],
  output: DoctorOptions['output'],
  { stdout, env }: Pick<Shell, 'stdout' | 'env'>,
): string {
  return output === undefined || output === 'text'
    ? doctorText(results, coloured(stdout, env))
    : objectText(doctorObject(results), output);
}

const USAGE = 'give the name of a Secret or --cluster, not both';

async function checkCluster(
  cluster: Cluster,
  { lockstepNamespace }: DoctorOptions,
  shell: Pick<Shell, 'stderr' | 'root' | 'env'>,
): Promise<readonly NamedCheckResult[]> {
  const readExpectedFloor = () => expectedFloor(cluster, lockstepNamespace, shell);
  return diagnose(await gatherClusterFacts(cluster, lockstepNamespace, new Date(), readExpectedFloor));
}

async function checkSecret(
  secret: SecretRef,
  cluster: Cluster,
  { lockstepNamespace, adminSecret, connectTimeout }: DoctorOptions,
  shell: Pick<Shell, 'stderr' | 'root' | 'cpu'>,
): Promise<readonly NamedCheckResult[]> {
  const observed = await readSecret(cluster, secret);
  if (observed === undefined) return await checkAbsentSecret(secret, cluster);
  const checkOptions = { lockstepNamespace, adminSecret, connectTimeout };
  return diagnoseSecret(await gatherSecretFacts(secret, observed, cluster, checkOptions, shell));
}

/** Throws SECRET_NOT_FOUND if no object reads or makes a Secret of this name, and no record remains of it. */
async function checkAbsentSecret(secret: SecretRef, cluster: Cluster): Promise<readonly NamedCheckResult[]> {
  const facts = await referenceFacts(cluster, secret, undefined);
  const lookup = await readRecord(cluster, secret);
  const found = await attemptFact(() => referencingCredentials(cluster, secret));
  const credentials = found.kind === 'found' ? found.fact : [];
  const isReferenced = facts.objects.length > 0 || facts.made.length > 0;
  if (!isReferenced && credentials.length === 0 && lookup.kind !== 'read')
    throw new LockstepError('SECRET_NOT_FOUND', [`${secret.namespace}/${secret.name}`]);
  return [
    ...(lookup.kind === 'read'
      ? [{ check: 'record' as const, ...deletedSecretCheck(lookup.record, secret) }]
      : []),
    ...(credentials.length > 0
      ? credentialChecks({ kind: 'found', fact: { credentials } }, secret, []).map((result) => ({
          check: 'credential' as const,
          ...result,
        }))
      : []),
    ...(isReferenced ? [{ check: 'references' as const, ...referenceCheck(facts) }] : []),
  ];
}

function exitCodeOf(results: readonly NamedCheckResult[]): number {
  if (results.some(({ outcome }) => outcome === 'fault')) return 1;
  return results.some(({ outcome }) => outcome === 'unknown') ? 2 : 0;
}
