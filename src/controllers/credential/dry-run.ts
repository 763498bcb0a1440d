import type { LoginEvaluation } from '../../engine/credential/change/login-observation.ts';
import { waitText } from '../../engine/credential/status/wait-reason.ts';
import type { LoginChange } from '../../engine/record/login-record.ts';
import { checkLogin } from './check-login.ts';
import { publicationFor } from './publish.ts';
import { type CredentialNeeds, loginRecordOf, type ReconcileInput } from './reconcile-input.ts';
import { newChange } from './reconciler.ts';
import { runStep } from './steps.ts';

/** What would become of a login. Each reason is a sentence. */
export type ChangePreview =
  | { readonly kind: 'in-step' }
  | { readonly kind: 'begin'; readonly change: LoginChange }
  | NoChangePreview;

/** Nobody can tell, somebody has to decide, or what is wished for can't be. */
interface NoChangePreview {
  readonly kind: 'unknown' | 'diverged' | 'refused';
  readonly reason: string;
}

/** Looks whether it opens the server, and what would be done about it. Nothing is written. */
export async function previewChange(input: ReconcileInput, needs: CredentialNeeds): Promise<ChangePreview> {
  const { evaluation, sentence, other: otherWriter } = await checkLogin(input, needs);
  if (otherWriter?.kind === 'refuse') return { kind: 'refused', reason: otherWriter.sentence };
  const { failed } = evaluation.login;
  if (failed !== undefined && failed !== loginRecordOf(input).failed)
    return { kind: 'refused', reason: failed.reason };
  switch (evaluation.kind) {
    case 'begin':
      return { kind: 'begin', change: newChange(evaluation.change, needs) };
    case 'in-step':
      return { kind: 'in-step' };
    default:
      return { kind: evaluation.kind, reason: divergenceReasonOf(evaluation) ?? sentence };
  }
}

const divergenceReasonOf = ({ login }: LoginEvaluation): string | undefined => login.diverged?.reason;

export type DryRunResult =
  /** Of the Secret these keys would change. */
  | { readonly kind: 'fit'; readonly keys: readonly string[] }
  /** Now, or at all. */
  | { readonly kind: 'unfit'; readonly reason: string };

/** All that the first step of a change does, for real: logins, rights, the Secret through the whole admission chain. Nothing is written. */
export async function dryRunChange(
  input: ReconcileInput,
  change: LoginChange,
  needs: CredentialNeeds,
): Promise<DryRunResult> {
  const result = await runStep(input, change, needs);
  switch (result.kind) {
    case 'done': {
      const { set, remove } = publicationFor(input, change, needs);
      return { kind: 'fit', keys: [...set.keys(), ...remove].sort() };
    }
    case 'wait':
      return { kind: 'unfit', reason: waitText(result.for) };
    case 'made':
    case 'overtaken':
      return { kind: 'unfit', reason: 'somebody has written another login into the Secret meanwhile' };
    default:
      return { kind: 'unfit', reason: result.reason };
  }
}
