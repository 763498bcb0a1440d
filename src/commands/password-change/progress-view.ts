import { styleText } from 'node:util';
import type { LoginRecord } from '../../engine/record/login-record.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import { changeEvents, versionEvents } from '../../report/history/change-events.ts';
import { type ProgressState, progressBlock } from '../../report/history/progress-block.ts';
import { printable } from '../../report/printable.ts';
import { coloured, type Shell, type Stream } from '../cli/shell.ts';
import { progressBetween } from '../secret-session/follow-rollout.ts';

/** Shows the progress of a password change. */
export interface ProgressView {
  readonly update: (record: SecretRecord, rest: Pick<ProgressState, 'waits' | 'pods'>) => void;
  readonly print: (line: string) => void;
  /** True if this wait reason was the last printed text, and is still visible. */
  readonly hasPrinted: (reason: string) => boolean;
  readonly end: () => void;
}

export interface ViewNeeds extends Pick<Shell, 'stdout' | 'env'> {
  /** Milliseconds from any start. */
  readonly clock: () => number;
  /** Calls the action at the interval. Returns a function that stops it. */
  readonly every: (milliseconds: number, action: () => void) => () => void;
}

/**
 * Redraws its lines on a terminal. Elsewhere it prints one line for each event. `secret` is `shop/app`, and `from` its
 * record at the beginning.
 */
export function openProgressView(secret: string, from: SecretRecord, needs: ViewNeeds): ProgressView {
  const { stdout, env } = needs;
  return stdout.isTTY === true && env.TERM !== 'dumb'
    ? liveView(secret, from, needs)
    : plainView(from, stdout);
}

function plainView(from: SecretRecord, stdout: Shell['stdout']): ProgressView {
  let before = from;
  let lastWait: string | undefined;
  let lastPrinted: string | undefined;
  const print = (line: string): void => void stdout.write(`${printable(line)}\n`);
  return {
    print,
    update: (record, { waits }) => {
      const events = [
        ...changeEvents(before.login, record.login),
        ...versionEvents(before, record),
        ...progressBetween(before.rollout, record.rollout),
      ];
      for (const line of events) print(line);
      // The lines of the rollout already report the restarts.
      if (waits !== undefined && waits !== lastWait && record.rollout === undefined) {
        print(`waiting: ${waits}`);
        lastPrinted = waits;
      }
      lastWait = waits;
      before = record;
    },
    hasPrinted: (reason) => reason === lastPrinted,
    end: () => {},
  };
}

/** One second, as a clock ticks. */
const TICK = 1000;
/** The width of a terminal that does not report it. */
const WIDTH = 80;

function liveView(
  secret: string,
  from: SecretRecord,
  { stdout, env, clock, every }: ViewNeeds,
): ProgressView {
  const lines = terminalLines(stdout);
  const colour = coloured(stdout, env);
  const startedAt = clock();
  let state: ProgressState = { login: from.login, rollout: from.rollout, waits: undefined, pods: undefined };
  let phaseStartedAt = startedAt;
  const draw = (): void =>
    lines.draw(
      progressBlock(
        secret,
        state,
        { totalMs: clock() - startedAt, phaseMs: clock() - phaseStartedAt },
        {
          width: stdout.columns ?? WIDTH,
          paint: (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text),
        },
      ),
    );
  const stop = every(TICK, draw);
  return {
    print: (line) => lines.printAbove(printable(line)),
    hasPrinted: () => false,
    update: ({ login, rollout }, rest) => {
      if (phaseKey(login) !== phaseKey(state.login)) phaseStartedAt = clock();
      // The record of a finished change has no change any more. The outcome is a sentence.
      const isOver = login?.change === undefined && state.login?.change !== undefined;
      state = { ...rest, login: isOver ? state.login : login, rollout };
      draw();
    },
    end: () => {
      stop();
      lines.draw([]);
      lines.release();
    },
  };
}

const phaseKey = (login: LoginRecord | undefined): string => `${login?.change?.id} ${login?.change?.phase}`;

/** Lines at the end of a terminal. The next lines overwrite them. */
interface TerminalLines {
  readonly draw: (lines: readonly string[]) => void;
  readonly printAbove: (line: string) => void;
  /** Leaves the lines on the screen. */
  readonly release: () => void;
}

const CURSOR_UP = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A`);
const CLEAR_BELOW = '\r\u001b[J';

/** Each update is one write, which avoids flicker. A line must be shorter than the width of the terminal. */
function terminalLines(stream: Pick<Stream, 'write'>): TerminalLines {
  let shown: readonly string[] = [];
  const redraw = (lines: readonly string[]): void =>
    void stream.write(`${CURSOR_UP(shown.length)}${CLEAR_BELOW}${lines.map((line) => `${line}\n`).join('')}`);
  return {
    draw: (lines) => {
      if (lines.length === shown.length && lines.every((line, index) => line === shown[index])) return;
      redraw(lines);
      shown = lines;
    },
    printAbove: (line) => redraw([line, ...shown]),
    release: () => {
      shown = [];
    },
  };
}
