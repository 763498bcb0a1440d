import type { Surroundings } from '../../engine/evaluation/decision.ts';
import { mayHaveSibling, siblingNameOf } from '../../engine/permissions/derived-secret-marks.ts';
import { type Mandate, mandateOver } from '../../engine/permissions/permissions.ts';
import type { PolicySet } from '../../engine/policy/set.ts';
import { type Foresight, foreseenWrite, keysToBring } from '../../engine/reconcile/controller-preview.ts';
import { siblingPlan } from '../../engine/reconcile/derived-secret.ts';
import { withInStep } from '../../engine/reconcile/drift.ts';
import { correctionsAsked } from '../../engine/reconcile/repair.ts';
import { beginRecord, HISTORY, ofSecret, type SecretRecord } from '../../engine/record/record.ts';
import { settled } from '../../engine/record/record-observation.ts';
import { previewRollout } from '../../engine/rollout/preview.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import { readRecord } from '../../kube/record/records.ts';
import { readSecret, type StoredSecret } from '../../kube/secrets/stored-secrets.ts';
import { PROPAGATION } from '../cli/duration.ts';
import type { TryLogin } from '../login-attempts/attempts.ts';
import { tryCorrections } from '../login-attempts/correction-attempts.ts';
import type { Labels } from '../secret-session/namespace-labels.ts';

export interface ForeseeParts {
  readonly cluster: Cluster;
  readonly policies: PolicySet;
  readonly labels: Labels;
  readonly around: Surroundings;
  /** Undefined where no login is to be tried. */
  readonly tryLogin: TryLogin | undefined;
  /** The longest time of one login. Milliseconds. */
  readonly connectTimeout: number;
}

/**
 * Tells the writes of the controller for one Secret after another, by its own functions. Nothing more is read of a Secret that no policy matches. It holds the
 * workloads of one namespace at a time. Throws LockstepError.
 */
export function foreseeing(parts: ForeseeParts): (secret: Secret) => Promise<Foresight | undefined> {
  const { cluster, policies, labels, around, tryLogin, connectTimeout } = parts;
  let known: { readonly namespace: string; readonly all: Awaited<ReturnType<typeof readWorkloads>> };

  async function workloadsOf(namespace: string): Promise<typeof known.all> {
    if (known?.namespace !== namespace) known = { namespace, all: await readWorkloads(cluster, namespace) };
    return known.all;
  }

  async function ofManaged(mandate: Mandate, held: StoredSecret) {
    const { secret } = held;
    const found = await readRecord(cluster, secret);
    // It writes over no record that it can't read, and then nothing else either.
    if (found.kind === 'unreadable') return NOTHING;
    const record = recordNow(found.kind === 'read' ? found.record : undefined, held, mandate);
    const write = foreseenWrite(mandate, record, around, { propagation: PROPAGATION });
    const keys = keysToBring(mandate, record, write);
    const previewed = { secret: secret.name, immutable: secret.immutable, restarts: true, keys };
    const restarts =
      keys.length === 0 ? [] : previewRollout(previewed, await workloadsOf(secret.namespace)).restarts;
    return {
      write,
      record: found.kind === 'absent',
      restarts: restarts.map(({ workload }) => workload),
    };
  }

  async function siblingOf(mandate: Mandate): Promise<Foresight['sibling']> {
    const { secret } = mandate.request;
    if (!mayHaveSibling(secret)) return undefined;
    const sibling = await readSecret(cluster, { ...secret, name: siblingNameOf(secret.name) });
    const { kind } = siblingPlan(mandate, sibling?.secret, around);
    return kind === 'write' || kind === 'remove' ? kind : undefined;
  }

  return async (secret) => {
    const listed = mandateOver(secret, labels(secret.namespace), policies, around);
    const isTried = tryLogin !== undefined && correctionsAsked(listed, around).length > 0;
    if (!listed.isManaged && !mayHaveSibling(secret) && !isTried) return undefined;
    const held = await readSecret(cluster, secret);
    if (held === undefined) return undefined;
    const mandate = mandateOver(held.secret, labels(secret.namespace), policies, around);
    const changes = tryLogin === undefined ? [] : correctionsAsked(mandate, around);
    return {
      ...(mandate.isManaged ? await ofManaged(mandate, held) : NOTHING),
      sibling: await siblingOf(mandate),
      trials:
        tryLogin === undefined ? [] : await tryCorrections(held.secret, changes, tryLogin, connectTimeout),
    };
  };
}

const NOTHING = { write: undefined, record: false, restarts: [] };

/** As the controller has it before it decides. */
function recordNow(
  record: SecretRecord | undefined,
  { secret, uid, written, resourceVersion }: StoredSecret,
  mandate: Mandate,
): SecretRecord {
  const begun = record ?? beginRecord(uid, secret.data, { ...written, why: { kind: 'seen' } });
  const now = settled(
    ofSecret(begun, uid),
    secret.data,
    { ...written, why: { kind: 'changed' }, resourceVersion },
    { history: HISTORY, restarts: mandate.restarts },
  );
  return withInStep(now, mandate);
}
