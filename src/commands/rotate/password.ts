import { openCase } from '../../engine/evaluation/evaluation.ts';
import type { Mandate } from '../../engine/permissions/permissions.ts';
import type { Wish } from '../../engine/record/login-record.ts';
import { rehearseLogin } from '../password-change/dry-run.ts';
import { carryOutWish } from '../password-change/execute.ts';
import { beginLoginRun, type LoginRun } from '../password-change/run.ts';

export interface RotateLoginOptions {
  /** The server is to follow what the Secret says. */
  readonly fromSecret: boolean;
  readonly dryRun: boolean;
}

/** Gives a login another password, in its server and in its Secret. Resolves with the exit code. Throws LockstepError where it could not begin. */
export async function rotateLogin(
  run: LoginRun,
  { fromSecret, dryRun }: RotateLoginOptions,
): Promise<number> {
  const begun = await beginLoginRun(run);
  const others = rotatedByPolicies(begun.mandate).filter((key) => key !== run.credential.spec.keys.password);
  if (others.length > 0 && !fromSecret)
    run.say(`only the password is rotated; for ${others.join(', ')} name the keys with --key`);
  const wish: Wish = { kind: fromSecret ? 'from-secret' : 'rotate' };
  return dryRun ? await rehearseLogin(run, begun, wish) : await carryOutWish(run, begun, wish);
}

/** Keys of which a policy says `rotate`. */
const rotatedByPolicies = ({ request, matched, generates }: Mandate): readonly string[] =>
  generates
    ? [...openCase(request, matched).governed.values()]
        .filter(({ entry }) => entry.rotate !== undefined)
        .map(({ key }) => key)
    : [];
