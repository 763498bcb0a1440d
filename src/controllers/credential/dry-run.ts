import type { LoginEvaluation } from '../../engine/login/change/login-observation.ts';
import { waitText } from '../../engine/login/status/wait-reason.ts';
import type { LoginChange } from '../../engine/secret/record/login-record.ts';
import type { Deps } from '../reconciler-deps.ts';
import { checkLogin } from './check-login.ts';
import type { CopyDeps } from './copies.ts';
import { preflightInCluster } from './preflight.ts';
import { publicationFor } from './publish.ts';
import { loginRecordOf, type ReconcileInput } from './reconcile-input.ts';
import { newChange } from './reconciler.ts';
import type { StepOutcome } from './step-outcome.ts';
import { runStep, type StepDeps } from './steps.ts';

/** The result that a reconcile of the login would have. Each reason is a sentence. */
export type ChangePreview =
  | { readonly kind: 'in-sync' }
  | { readonly kind: 'begin'; readonly change: LoginChange }
  | NoChangePreview;

/** The login state is unknown, a person must decide, or the change is not possible. */
interface NoChangePreview {
  readonly kind: 'unknown' | 'diverged' | 'refused';
  readonly reason: string;
}

/** Checks whether the login opens the server, and which change would start. Writes nothing. */
export async function previewChange(
  input: ReconcileInput,
  deps: Deps<'credentials' | 'context' | 'settings' | 'clock' | 'emit'>,
): Promise<ChangePreview> {
  const { evaluation, sentence, otherManager } = await checkLogin(input, deps);
  if (otherManager?.kind === 'conflict') return { kind: 'refused', reason: otherManager.sentence };
  const { failed } = evaluation.login;
  if (failed !== undefined && failed !== loginRecordOf(input).failed)
    return { kind: 'refused', reason: failed.reason };
  switch (evaluation.kind) {
    case 'begin':
      return { kind: 'begin', change: newChange(evaluation.change, input, deps) };
    case 'in-sync':
      return { kind: 'in-sync' };
    case 'restore':
      return { kind: 'diverged', reason: evaluation.reason };
    default:
      return { kind: evaluation.kind, reason: divergenceReasonOf(evaluation) ?? sentence };
  }
}

const divergenceReasonOf = ({ login }: LoginEvaluation): string | undefined => login.diverged?.reason;

export type DryRunResult =
  /** The keys of the Secret that would change. */
  | { readonly kind: 'fit'; readonly keys: readonly string[] }
  /** The change is refused, now or in general. */
  | { readonly kind: 'unfit'; readonly reason: string };

/**
 * Does everything that the first step of a change does: logins, rights, and the Secret through the whole admission
 * chain. Writes nothing.
 */
export async function dryRunChange(
  input: ReconcileInput,
  change: LoginChange,
  deps: StepDeps,
): Promise<DryRunResult> {
  return resultOf(input, change, await runStep(input, change, deps), deps);
}

/** The same without a login: it finds only what the cluster shows. */
export async function dryRunInCluster(
  input: ReconcileInput,
  change: LoginChange,
  deps: CopyDeps,
): Promise<DryRunResult> {
  return resultOf(input, change, await preflightInCluster(input, change, deps), deps);
}

function resultOf(
  input: ReconcileInput,
  change: LoginChange,
  result: StepOutcome,
  deps: Deps<'context' | 'credentials'>,
): DryRunResult {
  switch (result.kind) {
    case 'done': {
      const { set, remove } = publicationFor(input, change, deps);
      return { kind: 'fit', keys: [...set.keys(), ...remove].sort() };
    }
    case 'wait':
      return { kind: 'unfit', reason: waitText(result.for) };
    case 'made':
    case 'overtaken':
      return { kind: 'unfit', reason: 'another client has changed the login in the Secret' };
    default:
      return { kind: 'unfit', reason: result.reason };
  }
}
