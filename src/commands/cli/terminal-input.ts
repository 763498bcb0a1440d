import { LockstepError } from '../../errors/errors.ts';
import type { Input, Shell } from './shell.ts';

const INTERRUPT = '\u0003';
const END = '\u0004';
const BACKSPACES = ['\u007f', '\b'];

/** The lines that a person types on a terminal, one after another. */
export class TerminalInput {
  readonly #stdin: Input;
  readonly #stderr: Shell['stderr'];
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor({ stdin, stderr }: Pick<Shell, 'stdin' | 'stderr'>) {
    this.#stdin = stdin;
    this.#stderr = stderr;
    this.#chunks = stdin[Symbol.asyncIterator]();
  }

  /** A line that the terminal shows. Empty at the end of the input. */
  async ask(prompt: string): Promise<string> {
    this.#stderr.write(prompt);
    const { value, done } = await this.#chunks.next();
    return done === true ? '' : Buffer.from(value).toString('utf8').trim();
  }

  /** A line that the terminal does not show. Throws READ_STOPPED after Ctrl-C. */
  async askHidden(prompt: string): Promise<string> {
    this.#stderr.write(prompt);
    this.#stdin.setRawMode?.(true);
    try {
      return await this.#hiddenLine();
    } finally {
      this.#stdin.setRawMode?.(false);
      this.#stderr.write('\n');
    }
  }

  async #hiddenLine(): Promise<string> {
    const decoder = new TextDecoder();
    let line = '';
    for (;;) {
      const { value, done } = await this.#chunks.next();
      if (done === true) return line;
      for (const key of decoder.decode(value, { stream: true })) {
        if (key === '\r' || key === '\n' || key === END) return line;
        if (key === INTERRUPT) throw new LockstepError('READ_STOPPED');
        line = BACKSPACES.includes(key) ? [...line].slice(0, -1).join('') : line + key;
      }
    }
  }
}
