import { styleText } from 'node:util';
import type { LoginRecord } from '../../engine/record/login-record.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import { loginEvents } from '../../report/history/change-events.ts';
import { type LoginState, loginBlock } from '../../report/history/progress-block.ts';
import { versionEvents } from '../../report/history/version-events.ts';
import { printable } from '../../report/printable.ts';
import { coloured, type Shell } from '../cli/shell.ts';
import { liveLines } from '../cli/terminal-lines.ts';
import { progressBetween } from '../secret-session/follow-rollout.ts';

/** Tells whoever waits how far a change of a login is. */
export interface ProgressView {
  readonly see: (record: SecretRecord, rest: Pick<LoginState, 'waits' | 'pods'>) => void;
  readonly say: (line: string) => void;
  /** This reason to wait was printed last, and still stands there. */
  readonly hasSaid: (reason: string) => boolean;
  /** Nothing more comes. */
  readonly end: () => void;
}

export interface ViewNeeds extends Pick<Shell, 'stdout' | 'env'> {
  /** Milliseconds, from any moment on. */
  readonly clock: () => number;
  /** Calls it again and again; returns what ends that. */
  readonly every: (milliseconds: number, act: () => void) => () => void;
}

/** Lines that are drawn over where somebody looks on, else one line for each thing that happens. `secret`: `shop/app`; `from`: its record at the beginning. */
export function openView(secret: string, from: SecretRecord, needs: ViewNeeds): ProgressView {
  const { stdout, env } = needs;
  return stdout.isTTY === true && env.TERM !== 'dumb'
    ? liveView(secret, from, needs)
    : plainView(from, stdout);
}

function plainView(from: SecretRecord, stdout: Shell['stdout']): ProgressView {
  let before = from;
  let waited: string | undefined;
  let said: string | undefined;
  const say = (line: string): void => void stdout.write(`${printable(line)}\n`);
  return {
    say,
    see: (record, { waits }) => {
      const events = [
        ...loginEvents(before.login, record.login),
        ...versionEvents(before, record),
        ...progressBetween(before.rollout, record.rollout),
      ];
      for (const line of events) say(line);
      // Of those that are restarted it is told already.
      if (waits !== undefined && waits !== waited && record.rollout === undefined) {
        say(`waiting: ${waits}`);
        said = waits;
      }
      waited = waits;
      before = record;
    },
    hasSaid: (reason) => reason === said,
    end: () => {},
  };
}

/** As often as a clock ticks. Milliseconds. */
const TICK = 1000;
/** Of a terminal that does not say how wide it is. */
const WIDTH = 80;

function liveView(
  secret: string,
  from: SecretRecord,
  { stdout, env, clock, every }: ViewNeeds,
): ProgressView {
  const lines = liveLines(stdout);
  const colour = coloured(stdout, env);
  const begun = clock();
  let state: LoginState = { login: from.login, rollout: from.rollout, waits: undefined, pods: undefined };
  let entered = begun;
  const draw = (): void =>
    lines.draw(
      loginBlock(
        secret,
        state,
        { all: clock() - begun, phase: clock() - entered },
        {
          width: stdout.columns ?? WIDTH,
          paint: (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text),
        },
      ),
    );
  const stop = every(TICK, draw);
  return {
    say: (line) => lines.above(printable(line)),
    hasSaid: () => false,
    see: ({ login, rollout }, rest) => {
      if (stepOf(login) !== stepOf(state.login)) entered = clock();
      // At its end there is no change any more: how it ended is said in words.
      const isOver = login?.change === undefined && state.login?.change !== undefined;
      state = { ...rest, login: isOver ? state.login : login, rollout };
      draw();
    },
    end: () => {
      stop();
      lines.draw([]);
      lines.leave();
    },
  };
}

const stepOf = (login: LoginRecord | undefined): string => `${login?.change?.id} ${login?.change?.phase}`;
