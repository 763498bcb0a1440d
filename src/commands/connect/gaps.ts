import { LockstepError } from '../../errors/errors.ts';

/** The facts that this user may not read, or that got no answer. */
export class Gaps {
  /** A sentence for each reason. */
  readonly notes: string[] = [];

  /** Undefined if the fact is not known. */
  async fact<Fact>(read: () => Promise<Fact>): Promise<Fact | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      const note = `Not known: ${error.problem}.`;
      if (!this.notes.includes(note)) this.notes.push(note);
      return undefined;
    }
  }
}
