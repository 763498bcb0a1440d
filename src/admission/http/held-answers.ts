/** An answer that is ready to be sent. */
export interface ReadyAnswer {
  readonly send: () => void;
  /** Called after all answers that were held together are sent. */
  readonly report: () => void;
}

/**
 * Sends the answers of several reviews together.
 *
 * A caller that waits is woken by its answer, on another CPU, and this costs the server as much as a usual review. A
 * caller that gets several answers at once is woken once. Nothing is held while no other review waits.
 */
export class HeldAnswers {
  #ready: ReadyAnswer[] = [];
  #isHolding = false;

  /** Answers wait for the next call of `send` or `sendAndStop`. */
  hold(): void {
    this.#isHolding = true;
  }

  add(answer: ReadyAnswer): void {
    this.#ready.push(answer);
    if (!this.#isHolding) this.send();
  }

  send(): void {
    if (this.#ready.length === 0) return;
    const ready = this.#ready;
    this.#ready = [];
    for (const answer of ready) answer.send();
    for (const answer of ready) answer.report();
  }

  sendAndStop(): void {
    this.#isHolding = false;
    this.send();
  }
}
