import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';

/** The field manager of all that the controller writes. */
export const CONTROLLER_FIELD_MANAGER: FieldManager = 'lockstep-controller';
