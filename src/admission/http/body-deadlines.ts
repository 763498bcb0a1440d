import { AgeList, AgeListEntry } from './age-list.ts';

/** A body with a deadline. */
export abstract class ExpiringBody extends AgeListEntry {
  /** In milliseconds of `performance.now()`. */
  abstract readonly expiresAt: number;
  abstract onExpired(): void;
}

/** The deadlines of all bodies that arrive at this moment. */
export interface BodyDeadlines {
  readonly add: (body: ExpiringBody) => void;
  readonly delete: (body: ExpiringBody) => void;
}

/**
 * One timer for all bodies, set to the earliest deadline. Nearly every body is complete at once, so a timer of its own
 * costs more than its deadline is worth. A body that is complete leaves the timer as it is.
 */
export function bodyDeadlines(): BodyDeadlines {
  const bodies = new AgeList<ExpiringBody>();
  let timer: NodeJS.Timeout | undefined;
  let timerAt = Number.POSITIVE_INFINITY;

  function setTimer(at: number): void {
    clearTimeout(timer);
    timerAt = at;
    timer = setTimeout(expire, at - performance.now());
    // The sockets keep the process running.
    timer.unref();
  }

  function expire(): void {
    timerAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let earliest = Number.POSITIVE_INFINITY;
    const expired: ExpiringBody[] = [];
    bodies.forEach((body) => {
      if (body.expiresAt <= now) expired.push(body);
      else if (body.expiresAt < earliest) earliest = body.expiresAt;
    });
    if (earliest < timerAt) setTimer(earliest);
    for (const body of expired) if (bodies.delete(body)) body.onExpired();
  }

  return {
    add: (body) => {
      bodies.add(body);
      if (body.expiresAt < timerAt) setTimer(body.expiresAt);
    },
    delete: (body) => {
      bodies.delete(body);
    },
  };
}
