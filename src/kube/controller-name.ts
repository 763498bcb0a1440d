/** The field manager of all that the controller writes. */
export const CONTROLLER = 'lockstep-controller';
