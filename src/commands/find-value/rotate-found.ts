import type { FixablePlace } from '../../engine/diagnosis/find-value/cluster-search.ts';
import { fixCommand } from '../../engine/diagnosis/find-value/fix.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import { printable } from '../../report/printable.ts';
import { ROLLOUT_TIMEOUT } from '../cli/duration.ts';
import type { Shell } from '../cli/shell.ts';
import type { TerminalInput } from '../cli/terminal-input.ts';
import type { SecretChangeOptions } from '../secret-session/options.ts';

/** The work of `lockstep rotate`. Without a key, it rotates the login. */
export type RotateSecret = (
  secret: SecretRef,
  options: SecretChangeOptions & { readonly key?: readonly string[] },
  shell: Shell,
) => Promise<number>;

interface RotateFoundNeeds {
  readonly options: Omit<SecretChangeOptions, 'timeout'> & { readonly yes?: boolean };
  readonly shell: Shell;
  /** Undefined if `--yes` answers the question. */
  readonly terminal: TerminalInput | undefined;
  readonly rotate: () => Promise<RotateSecret>;
}

/** Rotates what lockstep can rotate, one Secret after another. Resolves with false if one is not rotated. */
export async function rotateFound(
  places: readonly FixablePlace[],
  { options, shell, terminal, rotate }: RotateFoundNeeds,
): Promise<boolean> {
  const print = (line: string): void => void shell.stdout.write(`${printable(line)}\n`);
  const rotations = rotationsFor(places);
  if (rotations.size === 0) {
    if (places.length > 0) print('lockstep can rotate none of them');
    return true;
  }
  for (const command of rotations.keys()) print(`to do: ${command}`);
  if (options.yes !== true && !/^y(?:es)?$/i.test((await terminal?.ask('rotate now? [y/N] ')) ?? '')) {
    print('nothing was rotated');
    return true;
  }
  const { kubeconfig, context, lockstepNamespace } = options;
  const rotateSecret = await rotate();
  let isComplete = true;
  for (const [command, { secret, key }] of rotations) {
    print(command);
    try {
      const exitCode = await rotateSecret(
        secret,
        {
          ...(kubeconfig === undefined ? {} : { kubeconfig }),
          ...(context === undefined ? {} : { context }),
          ...(key === undefined ? {} : { key: [key] }),
          lockstepNamespace,
          timeout: ROLLOUT_TIMEOUT,
        },
        shell,
      );
      isComplete &&= exitCode === 0;
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      shell.stderr.write(`lockstep: ${printable(error.message)}\n`);
      isComplete = false;
    }
  }
  return isComplete;
}

interface Rotation {
  readonly secret: SecretRef;
  readonly key: string | undefined;
}

/** By the command, each once. */
function rotationsFor(places: readonly FixablePlace[]): ReadonlyMap<string, Rotation> {
  const rotations = new Map<string, Rotation>();
  for (const { fix } of places) if (fix.by === 'lockstep') rotations.set(fixCommand(fix) ?? '', fix);
  return rotations;
}
