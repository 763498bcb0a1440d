import type { ApiProxy, Fate } from '../api/api-proxy.ts';
import { stepOf } from './step-of.ts';

/** A hook at a step of a change. */
export interface StepHooks {
  /**
   * Runs `act` once, before that step of the team's controller: `PATCH secrets/app`, or `record: verify`, which
   * ends the phase before and begins this one. The step waits until `act` has ended. /
   */
  at(namespace: string, step: string, act: () => Promise<void>): void;
  /** Those that have not happened, in namespaces whose name holds this. */
  pending(part?: string): readonly string[];
}

export function stepHooks(api: ApiProxy): StepHooks {
  const hooks: {
    readonly namespace: string;
    readonly step: string;
    readonly act: () => Promise<void>;
  }[] = [];
  api.onCall(async (call): Promise<Fate> => {
    const currentStep = stepOf(call);
    const at = hooks.findIndex(
      ({ namespace, step }) =>
        namespace === currentStep?.namespace && currentStep.name.split(',')[0] === step,
    );
    const [hook] = at === -1 ? [] : hooks.splice(at, 1);
    await hook?.act();
    return 'pass';
  });
  return {
    at: (namespace, step, act) => {
      hooks.push({ namespace, step, act });
    },
    pending: (part = '') =>
      hooks
        .filter(({ namespace }) => namespace.includes(part))
        .map(({ namespace, step }) => `${namespace}: ${step}`),
  };
}
