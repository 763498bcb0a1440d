import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';
import { complaint } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { type Happening, tellEvent } from '../../kube/client/events.ts';
import type { Log } from '../../log.ts';

/** Who tells. */
export interface Teller {
  readonly component: FieldManager;
  /** The pod's name. */
  readonly instance: string;
}

/** Never rejects: an Event that can not be written is told in the log, once until one can be written again. */
export function eventTeller(
  cluster: Cluster,
  teller: Teller,
  log: Log,
): (happening: Omit<Happening, keyof Teller>) => Promise<void> {
  let isFailing = false;
  return async (happening) => {
    try {
      await tellEvent(cluster, { ...happening, ...teller });
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn('an Event can not be written', complaint(error));
      isFailing = true;
    }
  };
}
