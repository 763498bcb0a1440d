import type { Standing } from '../../engine/credential/change/login-observation.ts';
import { waitText } from '../../engine/credential/status/wait-reason.ts';
import type { LoginChange } from '../../engine/record/login-record.ts';
import { lookAtLogin } from './check-login.ts';
import { publicationOf } from './publish.ts';
import { type CredentialNeeds, loginOf, type Scene } from './reconcile-input.ts';
import { newChange } from './reconciler.ts';
import { takeStep } from './steps.ts';

/** What would become of a login. Each reason is a sentence. */
export type Outlook =
  | { readonly kind: 'in-step' }
  | { readonly kind: 'begin'; readonly change: LoginChange }
  | NoOutlook;

/** Nobody can tell, somebody has to decide, or what is wished for can't be. */
interface NoOutlook {
  readonly kind: 'unknown' | 'diverged' | 'refused';
  readonly reason: string;
}

/** Looks whether it opens the server, and what would be done about it. Nothing is written. */
export async function lookAhead(scene: Scene, needs: CredentialNeeds): Promise<Outlook> {
  const { standing, sentence, other } = await lookAtLogin(scene, needs);
  if (other?.kind === 'refuse') return { kind: 'refused', reason: other.sentence };
  const { failed } = standing.login;
  if (failed !== undefined && failed !== loginOf(scene).failed)
    return { kind: 'refused', reason: failed.reason };
  switch (standing.kind) {
    case 'begin':
      return { kind: 'begin', change: newChange(standing.change, needs) };
    case 'in-step':
      return { kind: 'in-step' };
    default:
      return { kind: standing.kind, reason: reasonOf(standing) ?? sentence };
  }
}

const reasonOf = ({ login }: Standing): string | undefined => login.diverged?.reason;

export type Rehearsal =
  /** Of the Secret these keys would change. */
  | { readonly kind: 'fit'; readonly keys: readonly string[] }
  /** Now, or at all. */
  | { readonly kind: 'unfit'; readonly reason: string };

/** All that the first step of a change does, for real: logins, rights, the Secret through the whole admission chain. Nothing is written. */
export async function rehearseChange(
  scene: Scene,
  change: LoginChange,
  needs: CredentialNeeds,
): Promise<Rehearsal> {
  const taken = await takeStep(scene, change, needs);
  switch (taken.kind) {
    case 'done': {
      const { set, remove } = publicationOf(scene, change, needs);
      return { kind: 'fit', keys: [...set.keys(), ...remove].sort() };
    }
    case 'wait':
      return { kind: 'unfit', reason: waitText(taken.for) };
    case 'made':
    case 'overtaken':
      return { kind: 'unfit', reason: 'somebody has written another login into the Secret meanwhile' };
    default:
      return { kind: 'unfit', reason: taken.reason };
  }
}
