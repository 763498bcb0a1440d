import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';

/** The field manager of each write of the controller. */
export const CONTROLLER_FIELD_MANAGER: FieldManager = 'lockstep-controller';
