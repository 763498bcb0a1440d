import { first } from './first.ts';

/** A part of the work that shares time with others. */
interface Share {
  readonly name: string;
  /** The time that it has taken so far, on the same scale for all parts. */
  spentMs: number;
  readonly isEmpty: boolean;
  /** The estimated time of its next turn. */
  readonly nextMs: number;
}

/**
 * Parts that are new again and again keep an older one waiting for about this time, and not for ever. All new parts
 * share it.
 */
const MAX_LEAD_MS = 400;

/** The part that has used the least time is next. A part without work is forgotten. */
class FairShares<Part extends Share> {
  readonly #parts = new Map<string, Part>();
  readonly #create: (name: string, spentMs: number) => Part;
  /** The time that the last part had used. A new part starts with it, so that it does not get all the earlier time. */
  #baselineMs = 0;
  /**
   * The time that each part would have used with equal shares. It grows with each turn, also with those of parts that
   * are forgotten and new again.
   */
  #equalShareMs = 0;

  constructor(create: (name: string, spentMs: number) => Part) {
    this.#create = create;
  }

  get isEmpty(): boolean {
    return this.#parts.size === 0;
  }

  get(name: string): Part {
    const known = this.#parts.get(name);
    if (known !== undefined) return known;
    const leadMs = MAX_LEAD_MS / (1 + this.#parts.size);
    const part = this.#create(name, Math.max(this.#baselineMs, this.#equalShareMs - leadMs));
    this.#parts.set(name, part);
    return part;
  }

  /** If two parts have used the same time, the one with the cheaper turn is next. */
  next(): Part | undefined {
    let next: Part | undefined;
    for (const part of this.#parts.values())
      if (next === undefined || part.spentMs + part.nextMs < next.spentMs + next.nextMs) next = part;
    return next;
  }

  charge(part: Part, ms: number): void {
    this.#baselineMs = part.spentMs;
    this.#equalShareMs += ms / this.#parts.size;
    part.spentMs += ms;
  }

  forgetIfEmpty(part: Part): void {
    if (part.isEmpty && this.#parts.get(part.name) === part) this.#parts.delete(part.name);
  }

  forEach(visit: (part: Part) => void): void {
    for (const part of this.#parts.values()) visit(part);
  }
}

/** A turn that waits in a `FairQueue`. */
export class WaitingTurn {
  /** The estimated time of this turn. */
  readonly estimateMs: number;
  /** The fields below are set by the FairQueue that holds the turn. */
  queue: object | undefined;
  sender: SenderShare | undefined;
  /** Undefined for an urgent turn. */
  namespace: NamespaceShare | undefined;

  constructor(estimateMs: number) {
    this.estimateMs = estimateMs;
  }
}

class NamespaceShare implements Share {
  readonly name: string;
  spentMs: number;
  /** The oldest first, as in each set here. */
  readonly waiting = new Set<WaitingTurn>();

  constructor(name: string, spentMs: number) {
    this.name = name;
    this.spentMs = spentMs;
  }

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  get nextMs(): number {
    return first(this.waiting)?.estimateMs ?? 0;
  }
}

class SenderShare implements Share {
  readonly name: string;
  spentMs: number;
  /** These come first: their callers give up soon. */
  readonly urgent = new Set<WaitingTurn>();
  readonly namespaces = new FairShares((name, spentMs) => new NamespaceShare(name, spentMs));

  constructor(name: string, spentMs: number) {
    this.name = name;
    this.spentMs = spentMs;
  }

  get isEmpty(): boolean {
    return this.urgent.size === 0 && this.namespaces.isEmpty;
  }

  get nextMs(): number {
    return this.urgent.size > 0 ? 0 : (this.namespaces.next()?.nextMs ?? 0);
  }
}

/**
 * Shares time between senders, and the time of each sender between the namespaces that it names. A sender can forge the
 * namespaces of its reviews, and delays only itself by it.
 */
export class FairQueue<Turn extends WaitingTurn> {
  readonly #senders = new FairShares((name, spentMs) => new SenderShare(name, spentMs));

  get isEmpty(): boolean {
    return this.#senders.isEmpty;
  }

  add(turn: Turn, sender: string, namespace: string): void {
    turn.queue = this;
    turn.sender = this.#senders.get(sender);
    turn.namespace = turn.sender.namespaces.get(namespace);
    turn.namespace.waiting.add(turn);
  }

  next(): Turn | undefined {
    const sender = this.#senders.next();
    if (sender === undefined) return undefined;
    return (first(sender.urgent) ?? first(sender.namespaces.next()?.waiting ?? [])) as Turn | undefined;
  }

  charge({ sender, namespace }: Turn, ms: number): void {
    if (sender !== undefined) this.#senders.charge(sender, ms);
    if (namespace !== undefined) sender?.namespaces.charge(namespace, ms);
  }

  /** Returns whether the turn was in this queue. */
  delete(turn: Turn): boolean {
    const { sender, namespace } = turn;
    if (turn.queue !== this || sender === undefined) return false;
    turn.queue = undefined;
    (namespace?.waiting ?? sender.urgent).delete(turn);
    if (namespace !== undefined) sender.namespaces.forgetIfEmpty(namespace);
    this.#senders.forgetIfEmpty(sender);
    return true;
  }

  /** Moves the turns that `isUrgent` to `target`. There each one precedes the other turns of its sender. */
  hurry(isUrgent: (turn: Turn) => boolean, target: FairQueue<Turn>): void {
    const urgent: Turn[] = [];
    this.#senders.forEach(({ namespaces }) => {
      namespaces.forEach(({ waiting }) => {
        waiting.forEach((turn) => {
          if (isUrgent(turn as Turn)) urgent.push(turn as Turn);
        });
      });
    });
    for (const turn of urgent) {
      const sender = turn.sender?.name ?? '';
      this.delete(turn);
      turn.namespace = undefined;
      turn.queue = target;
      turn.sender = target.#senders.get(sender);
      turn.sender.urgent.add(turn);
    }
  }
}
