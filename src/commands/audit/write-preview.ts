import { withCurrentData } from '../../controllers/secret-session/execute.ts';
import { readRecordAndSecret } from '../../controllers/secret-session/record-session.ts';
import {
  type ControllerPreview,
  keysToRollOut,
  previewWrite,
} from '../../engine/diagnosis/audit/controller-preview.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { EngineContext } from '../../engine/review/evaluation/decision.ts';
import {
  derivedSecretNameOf,
  mayHaveDerivedSecret,
} from '../../engine/review/own-writes/derived-secret-marks.ts';
import { hasMaxAge, type Permissions, permissionsFor } from '../../engine/review/own-writes/permissions.ts';
import { DEFAULT_HISTORY_LIMIT, newRecord, type SecretRecord } from '../../engine/secret/record/record.ts';
import type { RecordLookup } from '../../engine/secret/record/record-lookup.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { changedByLastWrite, overdueKeys } from '../../engine/versions/key-rotation/overdue.ts';
import { planDerivedSecret } from '../../engine/versions/reconcile/derived-secret.ts';
import { withInSyncKeys } from '../../engine/versions/reconcile/drift.ts';
import { requestedCorrections } from '../../engine/versions/reconcile/repair.ts';
import { recordFindings } from '../../engine/versions/record-findings/record-findings.ts';
import { previewRollout } from '../../engine/workloads/rollout/preview.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import { readRecord } from '../../kube/record/records.ts';
import { readSecret, type StoredSecret } from '../../kube/secrets/stored-secrets.ts';
import { PROPAGATION } from '../cli/duration.ts';
import type { TryLogin } from '../login-attempts/attempts.ts';
import { tryCorrections } from '../login-attempts/correction-attempts.ts';
import type { LabelsLookup } from '../policy-sources/namespace-labels.ts';

export interface WritePreviewParts {
  readonly cluster: Cluster;
  readonly policies: readonly Policy[];
  readonly labels: LabelsLookup;
  readonly context: EngineContext;
  /** Undefined if no login must be tried. */
  readonly tryLogin: TryLogin | undefined;
  /** The limit of one login, in milliseconds. */
  readonly connectTimeout: number;
}

/**
 * Predicts the controller's writes for one Secret after another, with the controller's own functions. If no policy
 * matches a Secret, it reads nothing more. It holds the workloads of one namespace at a time. Throws LockstepError.
 */
export function writePreviewer(
  parts: WritePreviewParts,
): (secret: Secret) => Promise<ControllerPreview | undefined> {
  const { cluster, policies, labels, context, tryLogin, connectTimeout } = parts;
  let cached: { readonly namespace: string; readonly all: Awaited<ReturnType<typeof readWorkloads>> };

  async function workloadsOf(namespace: string): Promise<typeof cached.all> {
    if (cached?.namespace !== namespace) cached = { namespace, all: await readWorkloads(cluster, namespace) };
    return cached.all;
  }

  async function previewManaged(permissions: Permissions, observed: StoredSecret, lookup: RecordLookup) {
    const { secret } = observed;
    // The controller overwrites no record that it can't read, and then writes nothing else either.
    if (lookup.kind === 'unreadable') return NO_WRITES;
    const record = updatedRecord(lookup.kind === 'read' ? lookup.record : undefined, observed, permissions);
    const write = previewWrite(permissions, record, context, { propagation: PROPAGATION });
    const keys = keysToRollOut(permissions, record, write);
    const previewed = { secret, restarts: true, keys };
    const restarts =
      keys.length === 0 ? [] : previewRollout(previewed, await workloadsOf(secret.namespace)).restarts;
    return {
      write,
      record: lookup.kind === 'absent',
      restarts: restarts.map(({ workload }) => workload),
    };
  }

  async function derivedSecretAction(permissions: Permissions): Promise<ControllerPreview['derivedSecret']> {
    const { secret } = permissions.request;
    if (!mayHaveDerivedSecret(secret)) return undefined;
    const derivedSecret = await readSecret(cluster, { ...secret, name: derivedSecretNameOf(secret.name) });
    const { kind } = planDerivedSecret(permissions, derivedSecret?.secret, context);
    return kind === 'write' || kind === 'remove' ? kind : undefined;
  }

  return async (secret) => {
    const listed = permissionsFor(secret, labels(secret.namespace), policies, context);
    const isTrying = tryLogin !== undefined && requestedCorrections(listed, context).length > 0;
    const isNamed = listed.isManaged || mayHaveDerivedSecret(secret) || listed.matched.some(hasMaxAge);
    if (!isNamed && !isTrying) return undefined;
    const { observed, lookup } = await readRecordAndSecret(
      secret,
      (ref) => readRecord(cluster, ref),
      (ref) => readSecret(cluster, ref),
    );
    if (observed === undefined) return undefined;
    const permissions = permissionsFor(observed.secret, labels(secret.namespace), policies, context);
    const changes = tryLogin === undefined ? [] : requestedCorrections(permissions, context);
    return {
      ...(permissions.isManaged ? await previewManaged(permissions, observed, lookup) : NO_WRITES),
      derivedSecret: await derivedSecretAction(permissions),
      trials:
        tryLogin === undefined
          ? []
          : await tryCorrections(observed.secret, changes, tryLogin, connectTimeout),
      overdue: overdueKeys(
        permissions,
        lookup.kind === 'read' ? lookup.record : changedByLastWrite(observed.secret, observed.written.time),
        context.now(),
      ),
      findings:
        lookup.kind === 'read'
          ? recordFindings(permissions, updatedRecord(lookup.record, observed, permissions), context)
          : [],
    };
  };
}

const NO_WRITES = { write: undefined, record: false, restarts: [] };

/** The record as the controller has it before it decides. */
function updatedRecord(
  record: SecretRecord | undefined,
  observed: StoredSecret,
  permissions: Permissions,
): SecretRecord {
  const { secret, uid, written } = observed;
  const initial = record ?? newRecord(uid, secret.data, { ...written, why: { kind: 'seen' } });
  const retention = { history: DEFAULT_HISTORY_LIMIT, restarts: permissions.mayRestart };
  return withInSyncKeys(withCurrentData(initial, observed, retention), permissions);
}
