import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';

export const CONTROLLER_FIELD_MANAGER: FieldManager = 'lockstep-controller';
