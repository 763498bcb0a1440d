/** One thing that must be so before reviews may come. Returns why it is not; nothing when all is well. */
export interface Check {
  readonly name: string;
  readonly ailing: () => string | undefined;
}

export interface Readiness {
  readonly ready: boolean;
  /** One line a check, as kube-apiserver's own /readyz?verbose prints them. */
  readonly report: string;
}

export function readiness(checks: readonly Check[]): Readiness {
  const found = checks.map(({ name, ailing }) => ({ name, reason: ailing() }));
  const ready = found.every(({ reason }) => reason === undefined);
  const lines = found.map(({ name, reason }) =>
    reason === undefined ? `[+]${name} ok` : `[-]${name} failed: ${reason}`,
  );
  return { ready, report: [...lines, ready ? 'ready' : 'not ready', ''].join('\n') };
}
