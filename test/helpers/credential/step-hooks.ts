import type { ApiProxy, Fate } from '../api/api-proxy.ts';
import { stepOf } from './step-of.ts';

/** Where something is to happen in the middle of a change. */
export interface Ambushes {
  /**
   * Once, when that step of the team's controller is on its way: `PATCH secrets/app`, or `record: verify`, which is the end of the phase before and the beginning
   * of this one. The step waits until `act` is through.
   */
  at(namespace: string, step: string, act: () => Promise<void>): void;
  /** Those that have not happened, in namespaces whose name holds this. */
  left(part?: string): readonly string[];
}

export function ambushes(api: ApiProxy): Ambushes {
  const waiting: {
    readonly namespace: string;
    readonly step: string;
    readonly act: () => Promise<void>;
  }[] = [];
  api.onCall(async (call): Promise<Fate> => {
    const taken = stepOf(call);
    const at = waiting.findIndex(
      ({ namespace, step }) => namespace === taken?.namespace && taken.name.split(',')[0] === step,
    );
    const [ambush] = at === -1 ? [] : waiting.splice(at, 1);
    await ambush?.act();
    return 'pass';
  });
  return {
    at: (namespace, step, act) => {
      waiting.push({ namespace, step, act });
    },
    left: (part = '') =>
      waiting
        .filter(({ namespace }) => namespace.includes(part))
        .map(({ namespace, step }) => `${namespace}: ${step}`),
  };
}
