import { phasesOf } from '../../engine/credential/change/phases.ts';
import type { LoginChange, LoginRecord, Phase } from '../../engine/record/login-record.ts';
import type { Rollout } from '../../engine/record/record.ts';
import { printable } from '../printable.ts';
import { changeText, PHASE_TEXTS } from './phase-text.ts';

/** How far a change is, at one moment. */
export interface LoginState {
  readonly login: LoginRecord | undefined;
  readonly rollout: Rollout | undefined;
  /** What is waited for, as a sentence. */
  readonly waits: string | undefined;
  /** How far the pods of the workload are that is waited for: `1 of 3 pods have been replaced`. */
  readonly pods: string | undefined;
}

export interface Elapsed {
  /** Since it was asked for, and since the phase was first seen. Milliseconds. */
  readonly all: number;
  readonly phase: number;
}

export type Paint = (style: 'green' | 'bold' | 'dim' | 'yellow', text: string) => string;

/**
 * For a terminal, drawn anew again and again:
 *
 *     Secret shop/app: the password is changed: somebody has asked for it, 14s
 *       ✓ preflight
 *       ✓ apply
 *       ▸ rollout    Deployment/api is restarted: 1 of 3 pods have been replaced, 9s
 *       · finalize
 */
export function loginBlock(
  secret: string,
  state: LoginState,
  elapsed: Elapsed,
  { width, paint }: { readonly width: number; readonly paint: Paint },
): readonly string[] {
  const { login, waits } = state;
  const change = login?.change;
  const cut = (text: string): string => shortened(printable(text), width);
  if (change === undefined)
    return [cut(`Secret ${secret}: ${waits ?? 'waiting for the change to begin'}, ${seconds(elapsed.all)}`)];
  const phases = phasesOf(change);
  const now = phases.indexOf(change.phase);
  const longest = Math.max(...phases.map(({ length }) => length));
  const rows = phases.map((phase, index) => {
    if (index < now) return paint('green', cut(`  ✓ ${phase}`));
    if (index > now) return paint('dim', cut(`  · ${phase}`));
    return paint(
      'bold',
      cut(`  ▸ ${phase.padEnd(longest)}  ${doing(phase, state)}, ${seconds(elapsed.phase)}`),
    );
  });
  const title = cut(`Secret ${secret}: ${changeText(change)}, ${seconds(elapsed.all)}`);
  return [isUndone(change) ? paint('yellow', title) : title, ...rows];
}

const isUndone = ({ fault }: LoginChange): boolean => fault !== undefined;

function doing(phase: Phase, { rollout, waits, pods }: LoginState): string {
  const workload = rollout?.current?.workload;
  if (workload !== undefined) return `${workload} is restarted${pods === undefined ? '' : `: ${pods}`}`;
  return waits ?? PHASE_TEXTS[phase];
}

/** A line that a terminal breaks would be two, and the next drawing one line off. */
function shortened(text: string, width: number): string {
  const characters = [...text];
  return characters.length < width ? text : `${characters.slice(0, Math.max(0, width - 2)).join('')}…`;
}

/** `9s`, `2m5s` */
export function seconds(milliseconds: number): string {
  const all = Math.max(0, Math.floor(milliseconds / 1000));
  return all < 60 ? `${all}s` : `${Math.floor(all / 60)}m${all % 60}s`;
}
