import type { Stream } from './shell.ts';

/** Lines at the end of a terminal. The next lines overwrite them. */
export interface TerminalLines {
  readonly draw: (lines: readonly string[]) => void;
  readonly printAbove: (line: string) => void;
  /** Leaves the lines on the screen. */
  readonly release: () => void;
}

const CURSOR_UP = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A`);
const CLEAR_BELOW = '\r\u001b[J';

/** Each update is one write, which avoids flicker. A line must be shorter than the width of the terminal. */
export function terminalLines(stream: Pick<Stream, 'write'>): TerminalLines {
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
