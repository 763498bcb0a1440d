import { phasesOf } from '../../engine/credential/change/phases.ts';
import type { LoginChange, LoginRecord, Phase } from '../../engine/record/login-record.ts';
import type { Rollout } from '../../engine/record/record.ts';
import { printable } from '../printable.ts';
import { changeText, PHASE_TEXTS } from './phase-text.ts';

/** The progress of a change at one moment. */
export interface ProgressState {
  readonly login: LoginRecord | undefined;
  readonly rollout: Rollout | undefined;
  /** The reason for waiting, as a sentence. */
  readonly waits: string | undefined;
  /** Progress of the workload that is waited for: `1 of 3 pods have been replaced`. */
  readonly pods: string | undefined;
}

export interface Elapsed {
  /** Time since the request, and since the phase was first seen. */
  readonly totalMs: number;
  readonly phaseMs: number;
}

export type ProgressPaint = (style: 'green' | 'bold' | 'dim' | 'yellow', text: string) => string;

/**
 * The block that a terminal draws repeatedly:
 *
 *     Secret shop/app: the password is changed: it was requested, 14s
 *       ✓ preflight
 *       ✓ apply
 *       ▸ rollout    Deployment/api is restarted: 1 of 3 pods have been replaced, 9s
 *       · finalize
 */
export function progressBlock(
  secret: string,
  state: ProgressState,
  elapsed: Elapsed,
  { width, paint }: { readonly width: number; readonly paint: ProgressPaint },
): readonly string[] {
  const { login, waits } = state;
  const change = login?.change;
  const fit = (text: string): string => truncated(printable(text), width);
  if (change === undefined)
    return [
      fit(
        `Secret ${secret}: ${waits ?? 'waiting for the change to begin'}, ${durationText(elapsed.totalMs)}`,
      ),
    ];
  const phases = phasesOf(change);
  const currentIndex = phases.indexOf(change.phase);
  const longest = Math.max(...phases.map(({ length }) => length));
  const rows = phases.map((phase, index) => {
    if (index < currentIndex) return paint('green', fit(`  ✓ ${phase}`));
    if (index > currentIndex) return paint('dim', fit(`  · ${phase}`));
    return paint(
      'bold',
      fit(`  ▸ ${phase.padEnd(longest)}  ${phaseActivity(phase, state)}, ${durationText(elapsed.phaseMs)}`),
    );
  });
  const title = fit(`Secret ${secret}: ${changeText(change)}, ${durationText(elapsed.totalMs)}`);
  return [isRollingBack(change) ? paint('yellow', title) : title, ...rows];
}

const isRollingBack = ({ fault }: LoginChange): boolean => fault !== undefined;

function phaseActivity(phase: Phase, { rollout, waits, pods }: ProgressState): string {
  const { workload, leftToReloader } = rollout?.current ?? {};
  if (leftToReloader) return `Reloader restarts ${workload}`;
  if (workload !== undefined) return `${workload} is restarted${pods === undefined ? '' : `: ${pods}`}`;
  return waits ?? PHASE_TEXTS[phase];
}

/** Cuts a line to the width of the terminal: a wrapped line would shift the next drawing. */
function truncated(text: string, width: number): string {
  const characters = [...text];
  return characters.length < width ? text : `${characters.slice(0, Math.max(0, width - 2)).join('')}…`;
}

/** `9s`, `2m5s` */
export function durationText(milliseconds: number): string {
  const totalSeconds = Math.max(0, Math.floor(milliseconds / 1000));
  return totalSeconds < 60 ? `${totalSeconds}s` : `${Math.floor(totalSeconds / 60)}m${totalSeconds % 60}s`;
}
