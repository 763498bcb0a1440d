import { snapshotOf } from '../../controllers/secret-session/open.ts';
import { type RecordRead, readRecordAndSecret } from '../../controllers/secret-session/record-session.ts';
import { credentialInVersion } from '../../engine/login/change/credential-in-version.ts';
import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import { denies } from '../../engine/secret/finding/finding.ts';
import { isSameCredential } from '../../engine/secret/record/credential.ts';
import { forLogin, loginsOf } from '../../engine/secret/record/login-record.ts';
import {
  DEFAULT_HISTORY_LIMIT,
  differingKeys,
  latestVersion,
  type RollbackReason,
  type SecretRecord,
  type Version,
} from '../../engine/secret/record/record.ts';
import {
  type CreationWrite,
  planCreation,
  versionToCreate,
} from '../../engine/versions/rollback/deleted-secret.ts';
import { LockstepError } from '../../errors/errors.ts';
import { recordName } from '../../kube/secrets/record-name.ts';
import {
  creationText,
  findingLines,
  refusalLines,
  webhookChangeLine,
} from '../../report/history/rollback-text.ts';
import { printable } from '../../report/printable.ts';
import { credentialsOfSecret, readCredentialStore } from '../adapters/credentials.ts';
import { dryRunCreation } from '../secret-session/dry-run-write.ts';
import { followWrite, requireRollout } from '../secret-session/follow-write.ts';
import type { SecretRun } from '../secret-session/run.ts';
import { createFromRecord } from './create.ts';
import { isForbidden, type RollbackOptions, refuseIfPending } from './load.ts';
import { refusal } from './plan.ts';

/** The record of a Secret that was deleted. Undefined if the Secret exists, or has no record. */
export async function recordOfDeleted({
  ref,
  ports: { records, secrets },
}: Pick<SecretRun, 'ref' | 'ports'>): Promise<RecordRead | undefined> {
  const { observed, lookup } = await readRecordAndSecret(ref, records.read, secrets.read);
  return observed === undefined && lookup.kind === 'read' ? lookup : undefined;
}

/**
 * Creates a deleted Secret from its record. Resolves with the exit code: 0 when done, 1 if denied or not rolled out.
 * Throws LockstepError if it can't begin.
 */
export async function rollbackDeleted(run: SecretRun<RollbackOptions>, lookup: RecordRead): Promise<number> {
  const { ref, context, options, print, policySnapshot } = run;
  const { record } = lookup;
  if (record.pending !== undefined) refuseIfPending(record.pending, ref, context.now());
  const credentials = await credentialsFor(run, record);
  const to = versionFor(run, record, credentials);
  const namespaceLabels = policySnapshot.labelsOf(ref.namespace);
  const plan = planCreation(ref, record, to, { ...policySnapshot, namespaceLabels }, context);
  if (plan.kind !== 'create') throw refusal(plan, { ref, options: { to } });
  for (const line of findingLines(plan.findings, { withFix: false })) print(line);
  const { secret, byController } = plan;
  const isDenied = plan.findings.some(denies);
  const needsForce = isDenied || byController.length > 0;
  const deleted = { type: secret.type, record: recordName(secret.name) };
  const refused = refusalLines(await dryRunCreation(run, secret), {
    target: { ...ref, to, needsForce, deleted },
    isDenied,
    byController,
    byWebhook: plan.byWebhook.filter((key) => secret.data.has(key)),
    force: options.force,
  });
  if (refused.length > 0) {
    for (const line of refused) print(line);
    print('nothing was written');
    return 1;
  }
  if (options.dryRun) {
    print(`Secret ${ref.namespace}/${ref.name} would be ${creationText(plan, to)}`);
    print('nothing was written');
    return 0;
  }
  const why: RollbackReason = { kind: 'rolled-back', to, ...(needsForce && { forced: true }) };
  return await create(run, lookup, plan, { why, credentials });
}

async function credentialsFor(
  { ref, cluster }: Pick<SecretRun, 'ref' | 'cluster'>,
  record: SecretRecord,
): Promise<readonly ServerCredential[]> {
  try {
    return credentialsOfSecret(await readCredentialStore(cluster, ref.namespace), ref);
  } catch (error) {
    // The Secret was never a login, so it does not take this right.
    if (isForbidden(error) && loginsOf(record).length === 0) return [];
    throw error;
  }
}

/** A login is created with the password that its server has. Any other version takes the server with it afterwards. */
function versionFor(
  { ref, options }: Pick<SecretRun<RollbackOptions>, 'ref' | 'options'>,
  record: SecretRecord,
  credentials: readonly ServerCredential[],
): number {
  const proven = credentials.flatMap(({ spec: { keys } }) => {
    const { current, change } = forLogin(record, keys.system).login ?? {};
    return current === undefined || change !== undefined ? [] : [{ keys, current }];
  });
  const holdsProvenLogin =
    proven.length > 0
      ? ({ data }: Version): boolean =>
          proven.every(({ keys, current }) => isSameCredential(credentialInVersion(data, keys), current))
      : undefined;
  const to = options.to ?? versionToCreate(record, holdsProvenLogin);
  const version = record.versions.find(({ number }) => number === to);
  if (options.to === undefined || version?.data === undefined || holdsProvenLogin?.(version) !== false)
    return to;
  const secret = `${ref.namespace}/${ref.name}`;
  const command = `lockstep rollback ${secret}`;
  throw new LockstepError('ROLLBACK_REFUSED', [
    secret,
    `has another password in version ${to} than its server: first ${command}, then ${command} --to ${to}, which takes the server with it`,
  ]);
}

async function create(
  run: SecretRun<RollbackOptions>,
  lookup: RecordRead,
  plan: CreationWrite,
  { why, credentials }: { readonly why: RollbackReason; readonly credentials: readonly ServerCredential[] },
): Promise<number> {
  const { ref, context, policySnapshot, print } = run;
  const { record } = lookup;
  const observed = { secret: plan.secret, uid: '', resourceVersion: '', written: latestVersion(record) };
  const policies = { current: () => policySnapshot.policies, labelsOf: policySnapshot.labelsOf };
  const { permissions } = snapshotOf(ref, observed, lookup, credentials, { policies, context });
  await requireRollout(run, { permissions });
  try {
    const stored = await createFromRecord(
      run,
      lookup,
      { secret: plan.secret, why },
      {
        history: Math.max(DEFAULT_HISTORY_LIMIT, record.versions.length),
        restarts: permissions.mayRestart,
      },
    );
    print(`Secret ${ref.namespace}/${ref.name} is ${creationText(plan, why.to)}`);
    for (const line of webhookChangeLine(differingKeys(plan.secret.data, stored.secret.data))) print(line);
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_SECRET_REFUSED') throw error;
    print(printable(error.message));
    print('nothing was written');
    return 1;
  }
  return await followWrite(run, { permissions });
}
