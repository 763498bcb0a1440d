/** A precondition of reviews. Returns the reason why it does not hold, or undefined if it holds. */
export interface ReadinessCheck {
  readonly name: string;
  readonly notReadyReason: () => string | undefined;
}

export interface Readiness {
  readonly ready: boolean;
  /** One line for each check, in the format of kube-apiserver's /readyz?verbose. */
  readonly report: string;
}

export function readiness(checks: readonly ReadinessCheck[]): Readiness {
  const results = checks.map(({ name, notReadyReason }) => ({ name, reason: notReadyReason() }));
  const ready = results.every(({ reason }) => reason === undefined);
  const lines = results.map(({ name, reason }) =>
    reason === undefined ? `[+]${name} ok` : `[-]${name} failed: ${reason}`,
  );
  return { ready, report: [...lines, ready ? 'ready' : 'not ready', ''].join('\n') };
}
