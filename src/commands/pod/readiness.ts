/** One thing that must be so before reviews may come. Returns why it is not; nothing when all is well. */
export interface ReadinessCheck {
  readonly name: string;
  readonly notReadyReason: () => string | undefined;
}

export interface Readiness {
  readonly ready: boolean;
  /** One line a check, as kube-apiserver's own /readyz?verbose prints them. */
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
