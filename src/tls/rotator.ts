import type { X509Certificate } from 'node:crypto';
import { isConflict, LockstepError } from '../errors/errors.ts';
import type { DatedResponse, ServerClock } from '../server-clock.ts';
import { parseBundle, validCasIn } from './bundle.ts';
import { type CertificateAuthority, createCa, issueLeaf } from './ca.ts';
import {
  type CaData,
  type CaState,
  type CaUpdate,
  caStateOf,
  nextUpdate,
  previousUpdate,
  signerUpdate,
} from './ca-state.ts';
import { renewOffline } from './offline-renewal.ts';
import { type CaPropagation, updatePropagation } from './propagation.ts';
import {
  CA_DAYS,
  type CertificateState,
  type CertificateStep,
  LEAF_DAYS,
  nextCertificateStep,
} from './rotation-plan.ts';
import { leafOf, type ServingFiles } from './serving.ts';
import { undoDetector } from './undo-detector.ts';

/** More than the longest sequence of steps. If another client undoes each step, the next reconcile is soon enough. */
const MAX_STEPS = 10;

/** Steps that other clients can undo. */
const WRITE_STEPS: readonly CertificateStep['kind'][] = [
  'make-signer',
  'make-next',
  'promote',
  'keep-previous',
  'trust',
];

/** An observation takes at most three calls of ten seconds. */
const STALE_AFTER_MS = 60 * 1000;

/** One webhook configuration, with the PEM text of the caBundle of each webhook. */
export interface WebhookTrust {
  readonly bundles: readonly { readonly pem: string }[];
}

export interface RotatorOptions<
  Secret extends { readonly data: CaData },
  Configuration extends WebhookTrust,
> {
  readonly clock: ServerClock;
  /** Names and addresses of the leaf. */
  readonly names: readonly string[];
  /** `NAMESPACE/NAME` of the CA's Secret. */
  readonly caSecretName: string;
  /** `secret` is undefined if the Secret is gone. */
  readonly readCa: () => Promise<DatedResponse & { readonly secret: Secret | undefined }>;
  /** Rejects with CLUSTER_CONFLICT if the Secret has changed since it was read. */
  readonly writeCa: (read: Secret, change: CaUpdate) => Promise<void>;
  /** A configuration that is gone is left out, because no call comes from it. */
  readonly readConfigurations: () => Promise<
    DatedResponse & { readonly configurations: readonly Configuration[] }
  >;
  /** Rejects with CLUSTER_CONFLICT if the configuration has changed since it was read. */
  readonly writeCaBundle: (read: Configuration, pem: string) => Promise<void>;
  /**
   * Called after each step that changed the cluster, but no longer for a step that another client undoes again and
   * again.
   */
  readonly onStep: (step: CertificateStep) => void;
}

export interface CertificateRotator {
  /** Executes all steps that are due. Rejects with a LockstepError, or with the error of a call. */
  readonly reconcile: () => Promise<void>;
  /** The files to serve. Undefined until there are some. */
  readonly files: () => ServingFiles | undefined;
  /** The expiry of the CA in the Secret, as last seen. */
  readonly caExpiry: () => Date | undefined;
}

/** Observes, decides (rotation-plan.ts) and executes, step by step, until no step is left. */
export function certificateRotator<
  Secret extends { readonly data: CaData },
  Configuration extends WebhookTrust,
>(options: RotatorOptions<Secret, Configuration>): CertificateRotator {
  let propagation: CaPropagation | undefined;
  let files: ServingFiles | undefined;
  let issuingCa: CertificateAuthority | undefined;
  let caExpiry: Date | undefined;
  const undoCounter = undoDetector();

  /**
   * The configurations are read before the Secret, because a process may pause between any two lines, even for weeks. A
   * write to a configuration must match the resourceVersion that was read before the Secret. So it can't remove a CA
   * that was added later. The time is that of the Secret's answer. However late a leaf is issued, it expires as if it
   * was issued while that CA was in the Secret.
   */
  async function observe() {
    const { clock, readConfigurations, readCa } = options;
    const startedAt = clock.local();
    const { configurations, date: earlierDate } = await clock.measure(readConfigurations);
    const earlierTime = earlierDate ?? clock.now();
    const { secret, date } = await clock.measure(readCa);
    const now = date ?? earlierTime;

    const ca = secret && caStateOf(secret.data, now);
    const bundles = configurations.flatMap((configuration) => configuration.bundles.map(({ pem }) => pem));
    const trusted = [...new Set(bundles)].map((bundle) => validCasIn(bundle, now));
    propagation = updatePropagation(propagation, usableSigners(ca), trusted, now);
    const state: CertificateState = {
      now,
      ca,
      bundles,
      trusted,
      propagation,
      leaf: files && leafWithCa(files),
    };
    return { startedAt, state, secret, configurations };
  }

  async function executeStep(
    step: CertificateStep,
    { state, secret, configurations }: Awaited<ReturnType<typeof observe>>,
  ) {
    const { now } = state;
    const writeUpdates = async (...changes: readonly CaUpdate[]): Promise<void> => {
      if (secret !== undefined) await options.writeCa(secret, Object.assign({}, ...changes));
    };
    const newCa = () => createCa({ now, days: CA_DAYS });
    switch (step.kind) {
      case 'make-signer':
        return writeUpdates(
          signerUpdate(await newCa()),
          nextUpdate(undefined),
          previousUpdate(step.previous),
        );
      case 'make-next':
        return writeUpdates(nextUpdate(await newCa()));
      case 'promote':
        return writeUpdates(signerUpdate(step.next), nextUpdate(undefined), previousUpdate(step.previous));
      case 'keep-previous':
        return writeUpdates(previousUpdate(step.previous, step.promotedAt));
      case 'trust':
        for (const each of configurations) {
          if (each.bundles.some(({ pem }) => pem !== step.bundle))
            await options.writeCaBundle(each, step.bundle);
        }
        return;
      case 'issue':
        files = await issueLeaf(step.from, options.names, { now, days: LEAF_DAYS });
        issuingCa = step.from;
        return;
      case 'wait':
        throw new LockstepError('CA_SECRET_NOT_FOUND', [options.caSecretName]);
      case 'rest':
        return;
      default:
        return step satisfies never;
    }
  }

  /** False after a long pause: the decision was correct only at that time. */
  const isCurrent = (startedAt: Date): boolean =>
    Math.abs(options.clock.local().getTime() - startedAt.getTime()) < STALE_AFTER_MS;

  async function reconcile(): Promise<void> {
    try {
      await runSteps();
    } catch (error) {
      if (files !== undefined && issuingCa !== undefined) {
        files = await renewOffline(files, issuingCa, options.names, options.clock.now());
      }
      throw error;
    }
  }

  async function runSteps(): Promise<void> {
    let undoneKind: CertificateStep['kind'] | undefined;
    let hasWritten = false;
    for (let steps = 0; steps < MAX_STEPS; steps += 1) {
      const observation = await observe();
      caExpiry = caExpiryOf(observation.state.ca) ?? caExpiry;
      const step = nextCertificateStep(observation.state);
      if (step.kind === 'rest' && isCurrent(observation.startedAt)) {
        if (!hasWritten) undoCounter.reset();
        undoneKind = undoCounter.undoneStep();
        break;
      }
      const isDone = await tryStep(step, observation);
      if (!WRITE_STEPS.includes(step.kind)) continue;
      undoneKind = step.kind;
      if (!isDone) continue;
      hasWritten = true;
      if (undoCounter.recordWrite(step.kind)) options.onStep(step);
    }
    if (undoneKind !== undefined) throw undoneError(undoneKind);
  }

  /** False if another client wrote first. The next observation sees its write. */
  async function tryStep(
    step: CertificateStep,
    observation: Awaited<ReturnType<typeof observe>>,
  ): Promise<boolean> {
    try {
      await executeStep(step, observation);
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
    }
  }

  function undoneError(kind: CertificateStep['kind']): LockstepError {
    const what =
      kind === 'trust' ? 'caBundle of the webhook configurations' : `Secret ${options.caSecretName}`;
    return new LockstepError('CERTIFICATE_CONFLICT', [what]);
  }

  return { reconcile, files: () => files, caExpiry: () => caExpiry };
}

function usableSigners(ca: CaState | undefined): X509Certificate[] {
  if (ca === undefined) return [];
  return [ca.signer, ca.next].flatMap((each) => (each.kind === 'usable' ? [each.cert] : []));
}

function leafWithCa(files: ServingFiles): NonNullable<CertificateState['leaf']> {
  const [ca] = parseBundle(files.ca);
  if (ca === undefined) throw new Error('a leaf without its CA');
  return { cert: leafOf(files), ca };
}

function caExpiryOf(ca: CaState | undefined): Date | undefined {
  return ca?.signer.kind === 'usable' ? ca.signer.cert.validToDate : undefined;
}
